"""The directory of a zip archive, and the bytes of its small entries.

The standard library's zipfile takes four times as long, refuses what torch writes when it computes
no checksums, and offers no way to learn where the bytes of an entry lie.

Source: PKWARE APPNOTE 6.3.10, 4.3.7 to 4.3.16 and 4.5.3.
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import BinaryIO, Callable, List, NamedTuple, Tuple

from basicsr_weightcheck.checkpoint.problems import Limits, problem

# The records of an archive, all little endian, each with its signature.
LOCAL_HEADER, LOCAL_SIGNATURE = struct.Struct('<4sHHHHHIIIHH'), b'PK\x03\x04'
_LOCAL_SIZES = struct.Struct('<4s22xHH')  # of it: signature, bytes of the name, of the extra field
ENTRY, ENTRY_SIGNATURE = struct.Struct('<4s6H3I5H2I'), b'PK\x01\x02'
END, END_SIGNATURE = struct.Struct('<4s4H2IH'), b'PK\x05\x06'
END_64, END_64_SIGNATURE = struct.Struct('<4sQ2H2I4Q'), b'PK\x06\x06'
END_64_PLACE, END_64_PLACE_SIGNATURE = struct.Struct('<4sIQI'), b'PK\x06\x07'
STORED, DEFLATED = 0, 8
ENCRYPTED, UTF8 = 1, 0x800  # bits of the flags
FULL_32, FULL_16 = 0xFFFFFFFF, 0xFFFF  # of a size that stands in the zip64 field instead
ZIP64_FIELD = 1
COMMENT_BYTES = 0xFFFF  # at most, behind the end record: it has to be looked for
LARGEST_OFFSET = 1 << 62  # no file is so long, and the system refuses offsets of 64 bits
ReadAt = Callable[[int, int], bytes]


class ZipEntry(NamedTuple):
    """One entry: `header_offset` is that of its local header, from the start of the file.

    `raw_name` is the name as it stands in the file.
    """

    name: str
    method: int
    crc32: int
    packed_bytes: int
    byte_count: int
    header_offset: int
    raw_name: bytes = b''
    is_encrypted: bool = False


def read_directory(file: BinaryIO, file_bytes: int, limits: Limits) -> List[ZipEntry]:
    """Return the entries in the order of the directory.

    Raises:
        CorruptCheckpointError: there is no whole directory: the archive is cut or damaged.
        LimitExceededError: more entries, or a longer directory, than any weight file has.
    """
    start, size, count = _find_directory(file, file_bytes)
    limits.hold('zip_entries', count)
    limits.hold('directory_bytes', size)
    file.seek(start)
    data = file.read(size)
    entries = []
    at = 0
    for _ in range(count):  # as many as announced: what lies behind them is no part of the archive
        entry, at = _read_record(data, at)
        entries.append(entry)
    return entries


def _read_record(data: bytes, at: int) -> Tuple[ZipEntry, int]:
    """(the entry at one byte of the directory, where the next begins)."""
    if at + ENTRY.size > len(data):
        raise problem('zip-directory-short')
    (
        signature, _, _, flags, method, _, _, crc, packed_bytes, byte_count,
        name_bytes, extra_bytes, comment_bytes, _, _, _, header_offset,
    ) = ENTRY.unpack_from(data, at)  # fmt: skip
    if signature != ENTRY_SIGNATURE:
        raise problem('zip-directory-damaged')
    at += ENTRY.size
    raw = data[at : at + name_bytes]
    name = raw.decode('utf-8' if flags & UTF8 else 'cp437', 'backslashreplace')
    at += name_bytes
    sizes = (packed_bytes, byte_count, header_offset)
    if FULL_32 in sizes:
        # Only those of the three that do not fit are in the extra field, in a fixed order.
        sizes = _wide_sizes(data[at : at + extra_bytes], sizes)
    at += extra_bytes + comment_bytes
    if at > len(data):
        raise problem('zip-directory-short')
    encrypted = bool(flags & ENCRYPTED)
    return ZipEntry(name, method, crc, sizes[0], sizes[1], sizes[2], raw, encrypted), at


def _find_directory(file: BinaryIO, file_bytes: int) -> Tuple[int, int, int]:
    """(offset, bytes, number of entries) of the directory."""
    tail_bytes = min(file_bytes, END.size + COMMENT_BYTES + END_64_PLACE.size)
    file.seek(file_bytes - tail_bytes)
    tail = file.read(tail_bytes)
    # The last signature counts, as for torch's own reader; a comment may hold others before it.
    at = tail.rfind(END_SIGNATURE, 0, len(tail) - END.size + 4)
    if at < 0:
        raise problem('zip-no-directory')
    _, _, _, _, count, size, start, _ = END.unpack_from(tail, at)
    end = file_bytes - tail_bytes + at
    # Above 4 GiB or 65,535 entries the numbers stand in a 64-bit record before this one.
    place = at - END_64_PLACE.size
    if place >= 0 and tail.startswith(END_64_PLACE_SIGNATURE, place):
        end = END_64_PLACE.unpack_from(tail, place)[2]
        file.seek(end)
        record = file.read(END_64.size)
        if len(record) < END_64.size or not record.startswith(END_64_SIGNATURE):
            raise problem('zip-directory-damaged')
        count, size, start = END_64.unpack(record)[7:10]
    if start + size > end:  # else the directory would run into the record that describes it
        raise problem('zip-directory-damaged')
    return start, size, count


def _wide_sizes(extra: bytes, sizes: Tuple[int, int, int]) -> Tuple[int, int, int]:
    """The sizes that do not fit in 32 bits: in the order of the header, from the zip64 field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from('<HH', extra, at)
        if kind == ZIP64_FIELD:
            order = (1, 0, 2)  # original size, packed size, offset
            wide = list(sizes)
            place = at + 4
            for index in order:
                if sizes[index] == FULL_32:
                    (wide[index],) = struct.unpack_from('<Q', extra, place)
                    place += 8
            return wide[0], wide[1], wide[2]
        at += 4 + length
    return sizes


def reader_at(file: BinaryIO) -> ReadAt:
    """What returns `size` bytes (fewer at the end) from `offset` on.

    The buffer of a real file is passed by: it reads ahead, 8 KiB for each local header.
    """
    try:
        number = file.fileno()
    except (AttributeError, OSError):  # a file in memory
        number = -1
    if number >= 0 and hasattr(os, 'pread'):
        return lambda offset, size: os.pread(number, size, offset)

    def read(offset: int, size: int) -> bytes:
        file.seek(offset)
        return file.read(size)

    return read


def data_offset(read_at: ReadAt, entry: ZipEntry) -> int:
    """Where the bytes of an entry begin: its local header may be padded.

    Raises:
        CorruptCheckpointError: there is no local header of this name where the directory says.
    """
    # The directory gives the place of the header only, and its extra field may have another length
    # than the directory's copy: torch pads it so that storages begin at multiples of 64.
    at, name = entry.header_offset, entry.raw_name
    size = LOCAL_HEADER.size + len(name)
    head = read_at(at, size) if at < LARGEST_OFFSET else b''
    if len(head) == size:
        signature, name_bytes, extra_bytes = _LOCAL_SIZES.unpack_from(head)
        if signature == LOCAL_SIGNATURE and name_bytes == len(name) and head.endswith(name):
            return at + size + int(extra_bytes)
    raise problem('zip-header-missing', entry=entry.name, offset=at)


def read_entry(file: BinaryIO, entry: ZipEntry, limits: Limits) -> bytes:
    """The bytes of a small entry. torch writes a CRC of 0 for "not computed".

    Raises:
        CorruptCheckpointError: the bytes do not fit the directory.
        LimitExceededError: the entry inflates without measure.
        NotUnderstoodError: it is larger than an index.
    """
    if entry.byte_count > limits.inflation * max(entry.packed_bytes, 1):
        raise limits.exceeded('inflation', entry.byte_count // max(entry.packed_bytes, 1))
    limits.hold('pickle_bytes', max(entry.byte_count, entry.packed_bytes))
    if entry.is_encrypted:
        raise problem('zip-encrypted', advice='unpack', entry=entry.name)
    read_at = reader_at(file)
    data = read_at(data_offset(read_at, entry), entry.packed_bytes)
    if entry.method == DEFLATED:
        data = _inflated(data, entry)
    elif entry.method != STORED:
        raise problem('zip-method', entry=entry.name, method=entry.method)
    if len(data) != entry.byte_count or (entry.crc32 and zlib.crc32(data) != entry.crc32):
        raise problem('zip-checksum', entry=entry.name)
    return data


def _inflated(data: bytes, entry: ZipEntry) -> bytes:
    try:
        # One byte more than announced, so that a longer entry fails the check of its length.
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, entry.byte_count + 1)
    except zlib.error as error:
        raise problem('zip-checksum', entry=entry.name) from error
