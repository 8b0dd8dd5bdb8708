"""The directory reader agrees with the standard library's zipfile."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path
from typing import List, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicsr_weightcheck.checkpoint.containers.zip_directory import (
    data_offset,
    read_directory,
    read_entry,
    reader_at,
)
from basicsr_weightcheck.checkpoint.problems import DEFAULT_LIMITS
from basicsr_weightcheck.errors import CorruptCheckpointError

NAMES = st.text('abz/._é中', min_size=1, max_size=12).filter(lambda name: not name.endswith('/'))


@settings(max_examples=150)
@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=300), st.booleans()), max_size=8),
    st.binary(max_size=40),
)
def test_entries_offsets_and_bytes(plan: List[Tuple[str, bytes, bool]], comment: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, data, packed in {name: (name, d, p) for name, d, p in plan}.values():
            method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            archive.writestr(name, data, method)
        archive.comment = comment.replace(b'PK', b'')
    size = len(buffer.getvalue())
    entries = read_directory(buffer, size, DEFAULT_LIMITS)
    with zipfile.ZipFile(buffer) as archive:
        assert [entry.name for entry in entries] == archive.namelist()
        for entry, info in zip(entries, archive.infolist()):
            assert (entry.crc32, entry.byte_count) == (info.CRC, info.file_size)
            assert entry.packed_bytes == info.compress_size
            assert read_entry(buffer, entry, DEFAULT_LIMITS) == archive.read(info)
            start = data_offset(reader_at(buffer), entry)
            inside = buffer.getvalue()[start : start + entry.packed_bytes]
            assert len(inside) == info.compress_size


def test_zip64_sizes_of_a_sparse_file(tmp_path: Path) -> None:
    """Five GiB that take no room on the disk: sizes and offsets beyond 32 bits."""
    path = str(tmp_path / 'large.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        with archive.open('large', 'w', force_zip64=True) as entry:
            entry.write(b'x')
        archive.writestr('last', b'end')
    with zipfile.ZipFile(path) as archive:
        large, last = archive.infolist()
        hole = 5 << 30
        for info in (large,):
            info.file_size = info.compress_size = hole
        last.header_offset += hole - 1
        central = b''
        for info in (large, last):
            central += _central(info)
    with open(path, 'rb+') as file:
        file.truncate(last.header_offset)
        file.seek(last.header_offset)
        name = b'last'
        file.write(_local(last, name) + b'end')
        start = file.tell()
        file.write(central)
        file.write(_end(2, len(central), start))
    size = os.path.getsize(path)
    with open(path, 'rb') as file, zipfile.ZipFile(path) as archive:
        entries = read_directory(file, size, DEFAULT_LIMITS)
        assert [(e.name, e.byte_count, e.header_offset) for e in entries] == [
            (i.filename, i.file_size, i.header_offset) for i in archive.infolist()
        ]
        assert entries[1].header_offset > 5 << 30
        assert read_entry(file, entries[1], DEFAULT_LIMITS) == b'end'


def _central(info: zipfile.ZipInfo) -> bytes:

    wide = struct.pack('<HHQQQ', 1, 24, info.file_size, info.compress_size, info.header_offset)
    fields = (45, 45, 0, 0, 0, 0, info.CRC, 0xFFFFFFFF, 0xFFFFFFFF)
    name = info.filename.encode()
    head = struct.pack('<4s6H3I', b'PK\x01\x02', *fields)
    return head + struct.pack('<5H2I', len(name), 28, 0, 0, 0, 0, 0xFFFFFFFF) + name + wide


def _local(info: zipfile.ZipInfo, name: bytes) -> bytes:
    return struct.pack(
        '<4s5H3I2H', b'PK\x03\x04', 45, 0, 0, 0, 0, info.CRC, 3, 3, len(name), 0
    ) + name  # fmt: skip


def _end(count: int, size: int, start: int) -> bytes:

    record = struct.pack('<4sQ2H2I4Q', b'PK\x06\x06', 44, 45, 45, 0, 0, count, count, size, start)
    place = struct.pack('<4sIQI', b'PK\x06\x07', 0, start + size, 1)
    short = struct.pack('<4s4H2IH', b'PK\x05\x06', 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return record + place + short


@pytest.mark.parametrize('kept', [0, 10, 21, 60, 100])
def test_a_cut_directory_is_an_error(kept: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        archive.writestr('a/data.pkl', b'x' * 40)
    cut = buffer.getvalue()[:kept]
    with pytest.raises(CorruptCheckpointError):
        read_directory(io.BytesIO(cut), len(cut), DEFAULT_LIMITS)


def test_wrong_bytes_under_a_checksum_are_an_error() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        archive.writestr('a', b'content')
    data = bytearray(buffer.getvalue())
    (entry,) = read_directory(io.BytesIO(bytes(data)), len(data), DEFAULT_LIMITS)
    data[data_offset(reader_at(io.BytesIO(bytes(data))), entry)] ^= 1
    with pytest.raises(CorruptCheckpointError):
        read_entry(io.BytesIO(bytes(data)), entry, DEFAULT_LIMITS)
