"""Read the bytes under the checksums of two files: which are the same, and which do not match.

The checksum of a storage stands in the directory of its archive, so two that are equal say nothing
of bytes that changed since. No numpy is needed.
"""

from __future__ import annotations

import zlib
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from basicsr_weightcheck.checkpoint.values.checksums import PIECE_BYTES, ReadInto
from basicsr_weightcheck.compare.streams import Group, OpenFile, in_threads
from basicsr_weightcheck.records.tensors import StorageSpec

Offsets = Tuple[Optional[int], Optional[int]]  # first byte in either file, None: not read
Job = Tuple[Tuple[int, StorageSpec], ...]  # (side, storage) of one file or of both


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


def is_sealed(pair: Group, sources: Sequence[OpenFile]) -> bool:
    """Equal dtype, byte order and layout, in storages of equal size and checksum."""
    a, b = pair
    if a.storage is None or b.storage is None or not is_alike(pair, sources):
        return False
    seals = [(one.crc32, one.byte_count) for one in (a.storage, b.storage)]
    return seals[0] == seals[1] and a.storage.crc32 is not None


def is_alike(pair: Group, sources: Sequence[OpenFile]) -> bool:
    """Bytes of equal places mean equal numbers."""
    a, b = pair
    ordered = sources[0].order == sources[1].order or sources[0].widths.get(a.dtype) == 1
    same_layout = (a.stride, a.storage_offset) == (b.stride, b.storage_offset)
    return a.dtype == b.dtype and ordered and same_layout


def seals_differ(pair: Group, sources: Sequence[OpenFile]) -> bool:
    """Two tensors alike, each a whole storage, with two different checksums."""
    a, b = pair
    if a.storage is None or b.storage is None or not is_alike(pair, sources):
        return False
    size = a.count * sources[0].widths.get(a.dtype, 0)
    whole = a.is_contiguous and a.storage.byte_count == b.storage.byte_count == size
    crcs = a.storage.crc32, b.storage.crc32
    return whole and None not in crcs and crcs[0] != crcs[1]


def read_seals(pairs: Sequence[Group], sources: Sequence[OpenFile]) -> Seals:
    """Read every storage of the pairs once, two sealed ones side by side.

    Raises:
        CorruptCheckpointError: a file ends early.
    """
    sealed: Dict[Offsets, List[int]] = {}
    jobs: Dict[Offsets, Job] = {}
    for index, pair in enumerate(pairs):
        job = _job(pair)
        if len(job) == 2 and is_sealed(pair, sources):
            sealed.setdefault(_offsets(job), []).append(index)
            jobs[_offsets(job)] = job
        else:
            jobs.update((_offsets((one,)), (one,)) for one in job)
    readers = [source.read_into for source in sources]
    found = in_threads(lambda job: _read(job, readers), list(jobs.values()))
    same: Set[int] = set()
    broken: Tuple[Set[int], Set[int]] = set(), set()
    for place, (alike, sides) in zip(jobs, found):
        same.update(sealed[place] if alike else ())
        for side in sides:
            broken[side].add(place[side] or 0)
    return Seals(same, broken)


def _job(pair: Group) -> Job:
    """The storages of a pair that have a checksum."""
    held = [(side, spec.storage) for side, spec in enumerate(pair) if spec.storage is not None]
    return tuple(
        (side, storage)
        for side, storage in held
        if storage.crc32 is not None and storage.file_offset is not None
    )


def _offsets(job: Job) -> Offsets:
    offsets = {side: storage.file_offset for side, storage in job}
    return offsets.get(0), offsets.get(1)


def _read(job: Job, readers: Sequence[ReadInto]) -> Tuple[bool, List[int]]:
    """(two storages have the same bytes, sides whose bytes do not match their checksum)."""
    alike, crcs = len(job) > 1, [0] * len(job)
    for buffers in _pieces(job, readers):
        alike = alike and buffers[0] == buffers[1]
        crcs[0] = zlib.crc32(buffers[0], crcs[0])
        for at in range(1, len(job)):  # the same bytes have the same checksum
            crcs[at] = crcs[0] if alike else zlib.crc32(buffers[at], crcs[at])
    broken = (side for (side, storage), crc in zip(job, crcs) if storage.crc32 != crc)
    return alike, list(broken)


def _pieces(job: Job, readers: Sequence[ReadInto]) -> Iterator[List[bytearray]]:
    """The bytes of all storages of a job side by side; a piece is valid until the next one.

    Whole bytearrays, not slices of one: two memoryviews are compared element by element.
    """
    size = job[0][1].byte_count
    buffers: List[bytearray] = []
    for first in range(0, size, PIECE_BYTES):
        count = min(PIECE_BYTES, size - first)
        if not buffers or count < len(buffers[0]):
            buffers = [bytearray(count) for _ in job]
        for buffer, (side, storage) in zip(buffers, job):
            readers[side]((storage.file_offset or 0) + first, memoryview(buffer))
        yield buffers
