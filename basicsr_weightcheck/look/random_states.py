"""The random states of this process, to be put back: nothing of ours may change what comes next."""

from __future__ import annotations

import random
import sys
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Iterator


@contextmanager
def random_states_kept() -> Iterator[None]:
    """The body may draw random numbers: Python's, numpy's and torch's stand as they stood then.

    Generators that somebody made for himself are not known here.
    """
    with ExitStack() as stack:
        for put_back in _random_states():
            stack.callback(put_back)
        yield


def _random_states() -> Iterator[Callable[[], Any]]:
    """What sets each random state to what it is now."""
    import torch

    python, main = random.getstate(), torch.get_rng_state()
    yield lambda: random.setstate(python)
    yield lambda: torch.set_rng_state(main)
    numpy = sys.modules.get('numpy')
    if numpy is not None:
        legacy = numpy.random.get_state()
        yield lambda: numpy.random.set_state(legacy)
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # never the first to wake it
        devices = torch.cuda.get_rng_state_all()
        yield lambda: torch.cuda.set_rng_state_all(devices)
