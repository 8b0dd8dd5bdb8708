"""The directory of a zip archive, and the bytes of its small entries.

The standard library's zipfile takes four times as long, refuses what torch writes when it computes
no checksums, and offers no way to learn where the bytes of an entry lie.

Source: PKWARE APPNOTE 6.3.10, 4.3.7 to 4.3.16 and 4.5.3.
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO, List, NamedTuple, Tuple

from basicsr_weightcheck.errors import CorruptCheckpointError

LOCAL_HEADER = struct.Struct('<4sHHHHHIIIHH')
NAME_LENGTH_AT = 26  # two uint16 of the local header: name length, extra length
STORED, DEFLATED = 0, 8
_ENTRY = struct.Struct('<4s6H3I5H2I')
_END = struct.Struct('<4s4H2IH')
_END_64_PLACE = struct.Struct('<4sIQI')
_END_64 = struct.Struct('<4sQ2H2I4Q')
_COMMENT_BYTES = 0xFFFF
_IN_EXTRA = 0xFFFFFFFF
_ZIP64_FIELD = 1
_UTF8 = 0x800


class ZipEntry(NamedTuple):
    """One entry: `header_offset` is that of its local header, from the start of the file."""

    name: str
    method: int
    crc32: int
    packed_bytes: int
    byte_count: int
    header_offset: int


def read_directory(file: BinaryIO, file_bytes: int, most_entries: int) -> List[ZipEntry]:
    """Return the entries in the order of the directory.

    Raises:
        CorruptCheckpointError: there is no whole directory: the archive is cut or damaged.
    """
    start, size, count = _find_directory(file, file_bytes)
    if count > most_entries:
        raise CorruptCheckpointError(f'its directory announces {count} entries.')
    file.seek(start)
    data = file.read(size)
    entries = []
    at = 0
    for _ in range(count):
        if at + _ENTRY.size > len(data):
            raise CorruptCheckpointError('its directory ends early.')
        fields = _ENTRY.unpack_from(data, at)
        if fields[0] != b'PK\x01\x02':
            raise CorruptCheckpointError('its directory is damaged.')
        flags, method, crc = fields[3], fields[4], fields[7]
        name_bytes, extra_bytes, comment_bytes = fields[10:13]
        at += _ENTRY.size
        name = data[at : at + name_bytes].decode('utf-8' if flags & _UTF8 else 'cp437')
        at += name_bytes
        sizes = (fields[8], fields[9], fields[16])
        if _IN_EXTRA in sizes:
            sizes = _wide_sizes(data[at : at + extra_bytes], sizes)
        at += extra_bytes + comment_bytes
        entries.append(ZipEntry(name, method, crc, *sizes))
    return entries


def _find_directory(file: BinaryIO, file_bytes: int) -> Tuple[int, int, int]:
    """(offset, bytes, number of entries) of the directory."""
    tail_bytes = min(file_bytes, _END.size + _COMMENT_BYTES + _END_64_PLACE.size)
    file.seek(file_bytes - tail_bytes)
    tail = file.read(tail_bytes)
    at = tail.rfind(b'PK\x05\x06', 0, len(tail) - _END.size + 4)
    if at < 0:
        raise CorruptCheckpointError('it has no directory.')
    _, _, _, _, count, size, start, _ = _END.unpack_from(tail, at)
    end = file_bytes - tail_bytes + at
    place = at - _END_64_PLACE.size
    if place >= 0 and tail.startswith(b'PK\x06\x07', place):
        end = _END_64_PLACE.unpack_from(tail, place)[2]
        file.seek(end)
        record = file.read(_END_64.size)
        if len(record) < _END_64.size or not record.startswith(b'PK\x06\x06'):
            raise CorruptCheckpointError('its directory is damaged.')
        count, size, start = _END_64.unpack(record)[7:10]
    if start + size > end:
        raise CorruptCheckpointError('its directory is damaged.')
    return start, size, count


def _wide_sizes(extra: bytes, sizes: Tuple[int, int, int]) -> Tuple[int, int, int]:
    """The sizes that do not fit in 32 bits: in the order of the header, from the zip64 field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from('<HH', extra, at)
        if kind == _ZIP64_FIELD:
            order = (1, 0, 2)  # original size, packed size, offset
            wide = list(sizes)
            place = at + 4
            for index in order:
                if sizes[index] == _IN_EXTRA:
                    (wide[index],) = struct.unpack_from('<Q', extra, place)
                    place += 8
            return wide[0], wide[1], wide[2]
        at += 4 + length
    return sizes


def data_offset(file: BinaryIO, entry: ZipEntry) -> int:
    """Where the bytes of an entry begin: its local header may be padded.

    Raises:
        struct.error: the local header lies outside the file.
    """
    file.seek(entry.header_offset + NAME_LENGTH_AT)
    name_bytes, extra_bytes = struct.unpack('<HH', file.read(4))
    return entry.header_offset + LOCAL_HEADER.size + int(name_bytes) + int(extra_bytes)


def read_entry(file: BinaryIO, entry: ZipEntry) -> bytes:
    """The bytes of a small entry. torch writes a CRC of 0 for "not computed".

    Raises:
        CorruptCheckpointError: the bytes do not fit the directory.
    """
    file.seek(data_offset(file, entry))
    data = file.read(entry.packed_bytes)
    if entry.method == DEFLATED:
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, entry.byte_count + 1)
    elif entry.method != STORED:
        raise CorruptCheckpointError(f'{entry.name} is packed in a way torch does not write.')
    if len(data) != entry.byte_count or (entry.crc32 and zlib.crc32(data) != entry.crc32):
        raise CorruptCheckpointError(f'the bytes of {entry.name} do not fit its checksum.')
    return data
