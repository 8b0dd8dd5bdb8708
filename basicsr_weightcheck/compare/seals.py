"""Read the bytes under the checksums of two files: which are the same, and which do not match.

The checksum of a storage stands in the directory of its archive, so two that are equal say nothing
of bytes that changed since. No numpy is needed.
"""

from __future__ import annotations

import zlib
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from basicsr_weightcheck.compare.streams import Group, Source
from basicsr_weightcheck.compare.threads import in_threads
from basicsr_weightcheck.records.tensors import StorageSpec, TensorSpec

PIECE_BYTES = 1 << 20
Place = Tuple[Optional[int], Optional[int]]  # first byte in either file, None: not read
Job = Tuple[Optional[StorageSpec], Optional[StorageSpec]]
ReadInto = Callable[[int, memoryview], None]


class Seals(NamedTuple):
    """What reading the storages of pairs has told.

    Attributes:
        same: indices of pairs with the same bytes, of equal dtype, in the same layout.
        broken: offsets of the storages of either file whose bytes do not match their CRC-32.
    """

    same: Set[int]
    broken: Tuple[Set[int], Set[int]]

    def keys(self, pairs: Sequence[Group]) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
        """Keys of the tensors of either file that lie in a broken storage."""
        one, other = (
            tuple(
                pair[0].key
                for pair in pairs
                if (storage := pair[side].storage) is not None
                and storage.file_offset in self.broken[side]
            )
            for side in (0, 1)
        )
        return one, other


def is_sealed(pair: Group, sources: Sequence[Source]) -> bool:
    """Equal dtype, byte order and layout, in storages of equal size and checksum."""
    a, b = pair
    if a.storage is None or b.storage is None or not is_alike(pair, sources):
        return False
    seals = [(one.crc32, one.byte_count) for one in (a.storage, b.storage)]
    return seals[0] == seals[1] and a.storage.crc32 is not None


def is_alike(pair: Group, sources: Sequence[Source]) -> bool:
    """Bytes of equal places mean equal numbers."""
    a, b = pair
    ordered = sources[0].order == sources[1].order or sources[0].widths.get(a.dtype) == 1
    same_layout = (a.stride, a.storage_offset) == (b.stride, b.storage_offset)
    return a.dtype == b.dtype and ordered and same_layout


def seals_differ(pair: Group, sources: Sequence[Source]) -> bool:
    """Two tensors alike, each a whole storage, with two different checksums."""
    a, b = pair
    if a.storage is None or b.storage is None or not is_alike(pair, sources):
        return False
    size = a.count * sources[0].widths.get(a.dtype, 0)
    whole = a.is_contiguous and a.storage.byte_count == b.storage.byte_count == size
    crcs = a.storage.crc32, b.storage.crc32
    return whole and None not in crcs and crcs[0] != crcs[1]


def read_seals(pairs: Sequence[Group], sources: Sequence[Source], workers: int = 0) -> Seals:
    """Read every storage of the pairs once, two sealed ones side by side.

    Raises:
        CorruptCheckpointError: a file ends early.
    """
    sealed: Dict[Place, List[int]] = {}
    jobs: Dict[Place, Job] = {}
    for index, pair in enumerate(pairs):
        one, other = (_with_checksum(spec) for spec in pair)
        if one is not None and other is not None and is_sealed(pair, sources):
            place: Place = (one.file_offset, other.file_offset)
            sealed.setdefault(place, []).append(index)
            jobs[place] = one, other
            continue
        if one is not None:
            jobs[one.file_offset, None] = one, None
        if other is not None:
            jobs[None, other.file_offset] = None, other
    readers = [source.read_into for source in sources]
    found = in_threads(lambda job: _read(job, readers), list(jobs.values()), workers)
    same: Set[int] = set()
    broken: Tuple[Set[int], Set[int]] = set(), set()
    for place, (alike, sound) in zip(jobs, found):
        if alike:
            same.update(sealed[place])
        for side in (0, 1):
            if not sound[side]:
                broken[side].add(place[side] or 0)
    return Seals(same, broken)


def _with_checksum(spec: TensorSpec) -> Optional[StorageSpec]:
    storage = spec.storage
    if storage is None or storage.crc32 is None or storage.file_offset is None:
        return None
    return storage


def _read(job: Job, readers: Sequence[ReadInto]) -> Tuple[bool, Tuple[bool, bool]]:
    """Whether both have the same bytes, and whether each matches its checksum."""
    crcs, alike = [0, 0], all(one is not None for one in job)
    size = next(one.byte_count for one in job if one is not None)
    buffers = [bytearray(min(PIECE_BYTES, size)) for _ in job]
    for first in range(0, size, PIECE_BYTES):
        count = min(PIECE_BYTES, size - first)
        if count < len(buffers[0]):
            buffers = [bytearray(count) for _ in job]
        for side, storage in enumerate(job):
            if storage is not None:
                readers[side]((storage.file_offset or 0) + first, memoryview(buffers[side]))
        alike = alike and buffers[0] == buffers[1]
        for side, storage in enumerate(job):
            if storage is not None:
                done = alike and side == 1  # the same bytes have the same checksum
                crcs[side] = crcs[0] if done else zlib.crc32(buffers[side], crcs[side])
    one, other = (storage is None or storage.crc32 == crc for storage, crc in zip(job, crcs))
    return alike, (one, other)
