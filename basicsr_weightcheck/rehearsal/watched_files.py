"""Notice that weight files are read by ways that are no door: pickle, numpy.fromfile, plain reads.

Python tells every open() to audit hooks. A hook stays for the life of a process, so there is one,
and it looks only while a rehearsal runs. What C++ opens by itself is not seen.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import Any, Iterator, List, Sequence, Set

from basicsr_weightcheck.rehearsal.shelf import Shelf

WEIGHTS = ('.pth', '.pt', '.ckpt', '.safetensors')


class _Watch:
    """What is looked for now; None outside of a rehearsal."""

    shelf: Any = None
    named: Set[str] = set()
    lost: List[str] = []
    hooked = False


@contextmanager
def watched(shelf: Shelf, named: Sequence[str], lost: List[str]) -> Iterator[None]:
    """Note in `lost` the weight files that are opened for reading while no door is open.

    Args:
        shelf: `is_reading` while a door is open.
        named: values of options; those that are files count as weights, whatever their name.
        lost: gets the names of files.
    """
    if not _Watch.hooked:
        sys.addaudithook(_hook)
        _Watch.hooked = True
    _Watch.named = {os.path.realpath(one) for one in named if os.path.isfile(one)}
    _Watch.shelf, _Watch.lost = shelf, lost
    try:
        yield
    finally:
        _Watch.shelf = None


def _hook(event: str, arguments: Any) -> None:
    if event != 'open' or _Watch.shelf is None or _Watch.shelf.is_reading:
        return
    path, mode = arguments[0], arguments[1]
    if not isinstance(path, (str, bytes)) or (mode and 'r' not in mode):
        return
    name = os.fsdecode(path)
    if name.endswith(WEIGHTS) or os.path.realpath(name) in _Watch.named:
        if os.path.basename(name) not in _Watch.lost:
            _Watch.lost.append(os.path.basename(name))
