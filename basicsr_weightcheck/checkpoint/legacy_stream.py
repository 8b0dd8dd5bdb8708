"""The container of torch < 1.6: five pickles, then the raw storages.

Source: torch/serialization.py `_legacy_save` (2.13). BasicSR's published models use it.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, BinaryIO, Dict, List, Tuple

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.safe_unpickler import StorageReference, unpickle
from basicsr_weightcheck.errors import CorruptCheckpointError

COUNT_BYTES = 8  # each storage is preceded by its element count, int64
FIRST_WINDOW_BYTES = 1 << 18  # the pickles of 500 tensors take about 100 kB
PICKLES_BEFORE_CONTENT = 3  # magic number, protocol version, sys_info


def read_stream(
    file: BinaryIO, path: str, limits: Limits
) -> Tuple[Any, Tuple[str, ...], Tuple[str, ...], int]:
    """Return (content, globals named, storage keys in file order, offset of the first storage).

    Raises:
        CorruptCheckpointError: the last pickle is not a list of keys.
        LimitExceededError: a ceiling was reached.
    """
    window = FIRST_WINDOW_BYTES
    while True:
        file.seek(0)
        data = file.read(min(window, limits.pickle_bytes))
        try:
            return _read_pickles(data, path, limits)
        except (EOFError, IndexError, ValueError, struct.error, pickle.UnpicklingError):
            if len(data) < window or window >= limits.pickle_bytes:
                raise
        window *= 8  # the pickles were cut by the window, not by their author


def _read_pickles(
    data: bytes, path: str, limits: Limits
) -> Tuple[Any, Tuple[str, ...], Tuple[str, ...], int]:
    position = 0
    globals_named: List[str] = []
    values = []
    for _ in range(PICKLES_BEFORE_CONTENT + 2):
        value, names, position = unpickle(data, limits, position)
        globals_named += [name for name in names if name not in globals_named]
        values.append(value)
    content, keys = values[-2:]
    if not isinstance(keys, list):
        raise CorruptCheckpointError('its list of storages is missing.', path=path)
    return content, tuple(globals_named), tuple(str(key) for key in keys), position


def storage_offsets(
    keys: Tuple[str, ...], references: Dict[str, StorageReference], start: int
) -> Tuple[Dict[str, int], int]:
    """Return ({storage key: offset of its first byte}, end of the file as announced)."""
    offsets: Dict[str, int] = {}
    position = start
    for key in keys:
        position += COUNT_BYTES
        offsets[key] = position
        reference = references.get(key)
        position += reference.byte_count if reference else 0
    return offsets, position
