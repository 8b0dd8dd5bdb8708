"""The zip container of torch >= 1.6: directory, data.pkl, where each storage lies.

Source: torch/serialization.py `_save` and caffe2/serialize/inline_container.cc (2.13).
"""

from __future__ import annotations

import re
import struct
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, Dict, Optional, Tuple

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.errors import CorruptCheckpointError, LimitExceededError

LOCAL_HEADER = struct.Struct('<4sHHHHHIIIHH')
NAME_LENGTH_AT = 26  # two uint16 of the local header: name length, extra length
SIZE_IN_DESCRIPTOR = 0x08


@dataclass(frozen=True)
class ZipRecord:
    """One storage: `offset` is None for compressed records; a CRC of 0 is not computed (None)."""

    offset: Optional[int]
    byte_count: int
    crc32: Optional[int]


@dataclass(frozen=True)
class ZipLayout:
    """What the directory says. `records` is keyed by the name below the archive's root folder."""

    root: str
    pickle: bytes
    records: Dict[str, ZipRecord]
    notes: Tuple[Tuple[str, str], ...]


def read_layout(archive: zipfile.ZipFile, file: BinaryIO, path: str, limits: Limits) -> ZipLayout:
    """Return directory and pickle of a complete torch zip file.

    Raises:
        CorruptCheckpointError: an entry lies outside the file, or data.pkl cannot be read.
        LimitExceededError: too many entries or too large a pickle.
    """
    entries = archive.infolist()
    if len(entries) > limits.zip_entries:
        raise LimitExceededError(f'the archive has {len(entries)} entries.', path=path)
    pickled = next(e for e in entries if re.fullmatch(r'[^/]+/data\.pkl', e.filename))
    if pickled.file_size > limits.pickle_bytes:
        raise LimitExceededError(f'its index data.pkl has {pickled.file_size} bytes.', path=path)
    root = pickled.filename[: -len('data.pkl')]
    file.seek(0, 2)
    file_bytes = file.tell()
    data = _content(archive, file, pickled, file_bytes, path)
    notes = tuple(
        (name, _content(archive, file, entry, file_bytes, path).decode('ascii', 'replace').strip())
        for name in ('version', 'byteorder')
        for entry in [archive.NameToInfo.get(root + name)]
        if entry is not None and entry.file_size < 64
    )
    records = {
        entry.filename[len(root) :]: _record(file, entry, file_bytes, path)
        for entry in entries
        if entry.filename.startswith(root + 'data/')
    }
    return ZipLayout(root.rstrip('/'), data, records, notes)


def _content(
    archive: zipfile.ZipFile, file: BinaryIO, entry: zipfile.ZipInfo, file_bytes: int, path: str
) -> bytes:
    """The bytes of one entry. torch writes a CRC of 0 for "not computed"; zipfile refuses it."""
    record = _record(file, entry, file_bytes, path)
    if record.offset is None or record.crc32 is not None:
        return archive.read(entry)
    file.seek(record.offset)
    return file.read(record.byte_count)


def _record(file: BinaryIO, entry: zipfile.ZipInfo, file_bytes: int, path: str) -> ZipRecord:
    crc = entry.CRC or None
    if entry.compress_type != zipfile.ZIP_STORED:
        return ZipRecord(None, entry.file_size, crc)
    file.seek(entry.header_offset + NAME_LENGTH_AT)
    name_bytes, extra_bytes = struct.unpack('<HH', file.read(4))
    offset = entry.header_offset + LOCAL_HEADER.size + name_bytes + extra_bytes
    if offset + entry.file_size > file_bytes:
        raise CorruptCheckpointError(
            f'its entry {entry.filename} ends at byte {offset + entry.file_size}, the file at '
            f'{file_bytes}.',
            path=path,
            advice='Download or copy it again.',
        )
    return ZipRecord(offset, entry.file_size, crc)


def recover_pickle(file: BinaryIO, path: str, limits: Limits) -> Tuple[str, bytes]:
    """Return (root folder, bytes from data.pkl on) of a zip that was cut before its directory.

    torch writes data.pkl first, so its bytes survive most cuts.

    Raises:
        CorruptCheckpointError: the first entry is not a whole data.pkl.
    """
    file.seek(0)
    head = file.read(LOCAL_HEADER.size)
    if len(head) == LOCAL_HEADER.size:
        fields = LOCAL_HEADER.unpack(head)
        name = file.read(fields[9]).decode('utf-8', 'replace')
        file.seek(fields[10], 1)
        if fields[3] == zipfile.ZIP_STORED and re.fullmatch(r'[^/]+/data\.pkl', name):
            return name[: -len('/data.pkl')], file.read(limits.pickle_bytes)
    raise CorruptCheckpointError(
        'the file is a zip archive without its directory and without a readable index: it is cut.',
        path=path,
        advice='Download or copy it again.',
    )
