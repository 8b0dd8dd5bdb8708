"""The container of torch < 1.6: five pickles, then the raw storages.

Source: torch/serialization.py `_legacy_save` (2.13). BasicSR's published models use it.
"""

from __future__ import annotations

import pickle
import struct
from typing import BinaryIO, Dict, Tuple

from basicsr_weightcheck.checkpoint.pickles.machine import Unpickled, unpickle_many
from basicsr_weightcheck.checkpoint.pickles.stand_ins import StorageReference
from basicsr_weightcheck.checkpoint.problems import Limits, problem

COUNT_BYTES = 8  # each storage is preceded by its element count, int64
FIRST_WINDOW_BYTES = 1 << 18  # the pickles of 500 tensors take about 100 kB
PICKLES = 5  # magic number, protocol version, sys_info, content, keys of the storages
PROTOCOL = 1001


def read_stream(file: BinaryIO, limits: Limits) -> Tuple[Unpickled, Tuple[str, ...], int]:
    """Return (content, storage keys in file order, offset of the first storage).

    Raises:
        CorruptCheckpointError: another protocol, or the last pickle is not a list of keys.
        LimitExceededError: a ceiling was reached.
        UnsafePickleError: malformed, and a function that runs code is named before.
    """
    unpickled = _first_pickles(file, limits)
    _, protocol, _, content, keys = unpickled.value
    if protocol != PROTOCOL:
        raise problem('legacy-protocol')
    if not isinstance(keys, list) or not all(isinstance(key, (str, int)) for key in keys):
        raise problem('legacy-no-keys')
    limits.hold('storages', len(keys))
    names = tuple(map(str, keys))
    if len(set(names)) < len(names):
        raise problem('legacy-twice')
    return unpickled._replace(value=content), names, unpickled.end


def _first_pickles(file: BinaryIO, limits: Limits) -> Unpickled:
    """The five pickles, read through a window that grows: nothing says how long they are."""
    window = FIRST_WINDOW_BYTES
    while True:
        file.seek(0)
        data = file.read(min(window, limits.pickle_bytes))
        try:
            return unpickle_many(data, limits, PICKLES)
        except (EOFError, LookupError, ValueError, struct.error, pickle.UnpicklingError):
            if len(data) < window:
                raise
            if window >= limits.pickle_bytes:
                raise limits.exceeded('pickle_bytes', window + 1) from None
        window *= 8  # the pickles were cut by the window, not by their author


def storage_offsets(
    file: BinaryIO, keys: Tuple[str, ...], references: Dict[str, StorageReference], start: int
) -> Tuple[Dict[str, int], int]:
    """Return ({storage key: offset of its first byte}, end of the file as announced).

    Raises:
        CorruptCheckpointError: the count in front of a storage is not that of the index, or the
            index does not name the storage. Storages beyond the end of the file are not looked at.
    """
    offsets: Dict[str, int] = {}
    position = start
    file_bytes = file.seek(0, 2)
    for key in keys:
        if key not in references:
            raise problem('legacy-stray-storage', storage=key)
        if position < file_bytes:
            _check_count(file, position, key, references[key])
        position += COUNT_BYTES  # the storages lie without padding, each behind its own count
        offsets[key] = position
        position += references[key].byte_count
    return offsets, position


def _check_count(file: BinaryIO, at: int, key: str, reference: StorageReference) -> None:
    file.seek(at)
    word = file.read(COUNT_BYTES)
    if len(word) < COUNT_BYTES:
        return  # the file is cut right here, which `storage_offsets` tells by its end
    (count,) = struct.unpack('<q', word)
    if count != reference.count:
        raise problem('legacy-count', storage=key, expected=reference.count, found=count)
