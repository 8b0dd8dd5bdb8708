"""The zip container of torch >= 1.6: directory, data.pkl, where each storage lies.

Source: torch/serialization.py `_save` and caffe2/serialize/inline_container.cc (2.13).
"""

from __future__ import annotations

from typing import BinaryIO, Dict, NamedTuple, Sequence, Set, Tuple

from basicsr_weightcheck.checkpoint.containers.zip_directory import (
    STORED,
    ReadAt,
    ZipEntry,
    data_offset,
    read_entry,
    reader_at,
)
from basicsr_weightcheck.checkpoint.problems import Limits, problem
from basicsr_weightcheck.records.tensors import StorageSpec

NOTES = ('version', 'byteorder')
NOTE_BYTES = 64


class ZipLayout(NamedTuple):
    """What the directory says. `records` are keyed by the name below the archive's root folder."""

    root: str
    pickle: bytes
    records: Dict[str, StorageSpec]
    notes: Tuple[Tuple[str, str], ...]


def archive_root(entries: Sequence[ZipEntry]) -> str:
    """The folder that torch reads: that of the first entry; '' where there is none.

    Source: caffe2/serialize/inline_container.cc `PyTorchStreamReader::init`.
    """
    root, slash, _ = entries[0].name.partition('/') if entries else ('', '', '')
    return root if slash else ''


def read_layout(
    entries: Sequence[ZipEntry], file: BinaryIO, file_bytes: int, limits: Limits
) -> ZipLayout:
    """Return where everything lies, and the pickle, of a complete torch zip file.

    Args:
        file: the file, opened for reading bytes.
        limits: ceiling on the pickle.

    Raises:
        CorruptCheckpointError: an entry lies outside the file or over another one, a name stands
            twice, or data.pkl cannot be read.
        LimitExceededError: too large a pickle.
    """
    root = archive_root(entries)
    # torch asks for names below the folder of the first entry, whatever that is called.
    inside = {entry.name[len(root) + 1 :]: entry for entry in _named_once(entries, root + '/')}
    if 'data.pkl' not in inside:
        raise problem('zip-no-index', root=root)
    read_at = reader_at(file)
    records = {
        name: _record(name, read_at, entry, file_bytes)
        for name, entry in inside.items()
        if name.startswith('data/')
    }
    _refuse_overlaps(records)  # a small archive could show one storage as terabytes
    notes = tuple(
        (name, read_entry(file, inside[name], limits).decode('ascii', 'replace').strip())
        for name in NOTES
        if name in inside and inside[name].byte_count < NOTE_BYTES
    )
    return ZipLayout(root, read_entry(file, inside['data.pkl'], limits), records, notes)


def _named_once(entries: Sequence[ZipEntry], root: str) -> Sequence[ZipEntry]:
    """The entries below the root; torch finds names whatever their case, so two may be one."""
    inside = [entry for entry in entries if entry.name.startswith(root)]
    if len({entry.name.lower() for entry in inside}) < len(inside):
        seen: Set[str] = set()
        for entry in inside:
            if entry.name.lower() in seen:
                raise problem('zip-twice', entry=entry.name)
            seen.add(entry.name.lower())
    return inside


def _record(name: str, read_at: ReadAt, entry: ZipEntry, file_bytes: int) -> StorageSpec:
    if entry.is_encrypted:
        raise problem('zip-encrypted', advice='unpack', entry=entry.name)
    size, crc = entry.byte_count, entry.crc32 or None  # a CRC of 0 is not computed
    if entry.method != STORED:  # torch inflates it; its elements have no place in the file
        return StorageSpec(name, None, size, crc)
    if entry.packed_bytes != size:
        raise problem('zip-sizes', entry=entry.name)
    offset = data_offset(read_at, entry)
    if offset + size > file_bytes:
        end = offset + size
        raise problem('zip-beyond-end', entry=entry.name, end=end, file_bytes=file_bytes)
    return StorageSpec(name, offset, size, crc)


def _refuse_overlaps(records: Dict[str, StorageSpec]) -> None:
    placed = sorted(
        (record.file_offset, record.byte_count, name)
        for name, record in records.items()
        if record.file_offset is not None and record.byte_count
    )
    for (offset, byte_count, name), (start, _, other) in zip(placed, placed[1:]):
        if offset + byte_count > start:
            raise problem('zip-overlap', entry=name, other=other)
