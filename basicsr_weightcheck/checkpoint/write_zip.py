"""Write the zip container of torch >= 1.6, storage by storage.

Source: torch/serialization.py `_save` and caffe2/serialize/inline_container.cc (2.13): names and
order of the entries, 64-byte alignment, no time stamps; PKWARE APPNOTE 6.3.10 for zip64.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import BinaryIO, List, NamedTuple, Tuple

from basicsr_weightcheck.checkpoint import zip_directory as z
from basicsr_weightcheck.checkpoint.storage_plan import StoragePlan, byte_count
from basicsr_weightcheck.checkpoint.tensor_stream import TensorStream
from basicsr_weightcheck.checkpoint.write_pickle import content_pickle
from basicsr_weightcheck.records.conversions import PlannedFile

ALIGNMENT = 64
ROOT = 'archive/'
_CRC_AT = 14  # of the local header
_PLAIN, _ZIP64 = 20, 45  # version needed to extract


class _Entry(NamedTuple):
    name: bytes
    crc32: int
    size: int
    header_at: int


def write_zip(
    out: BinaryIO, planned: PlannedFile, plan: StoragePlan, stream: TensorStream
) -> Tuple[int, ...]:
    """Write the whole file and return the CRC-32 of each storage.

    Raises:
        CheckpointError: the source cannot be read.
        OSError: the file cannot be written.
    """
    entries: List[_Entry] = []
    # In torch's order: with the index first, a file that is cut later still tells what it was.
    _add(out, entries, 'data.pkl', content_pickle(planned, plan, legacy=False))
    _add(out, entries, '.format_version', b'1')
    _add(out, entries, '.storage_alignment', str(ALIGNMENT).encode())
    _add(out, entries, 'byteorder', b'little')
    crcs = []
    for index, tensor in enumerate(plan.storages):
        name, size = (ROOT + f'data/{index}').encode(), byte_count(tensor)
        at = _begin(out, name, size)
        crcs.append(stream.write(out, tensor))
        _end(out, at, crcs[-1])
        entries.append(_Entry(name, crcs[-1], size, at))
    _add(out, entries, 'version', b'3\n')
    _add(out, entries, '.data/serialization_id', _serialization_id(entries))
    _write_directory(out, entries)
    return tuple(crcs)


def _serialization_id(entries: List[_Entry]) -> bytes:
    """40 digits that differ where names or contents differ, as torch's own."""
    known = repr([(entry.name, entry.crc32) for entry in entries]).encode()
    return str(int(hashlib.sha256(known).hexdigest(), 16))[-40:].encode()


def _add(out: BinaryIO, entries: List[_Entry], name: str, data: bytes) -> None:
    full = (ROOT + name).encode()
    at = _begin(out, full, len(data))
    out.write(data)
    crc = zlib.crc32(data)
    _end(out, at, crc)
    entries.append(_Entry(full, crc, len(data), at))


def _begin(out: BinaryIO, name: bytes, size: int) -> int:
    """Write a local header so that the bytes behind it are aligned; returns its offset."""
    at = out.tell()
    wide = size >= z.FULL_32
    extra = struct.pack('<HHQQ', 1, 16, size, size) if wide else b''
    used = at + z.LOCAL_HEADER.size + len(name) + len(extra) + 4
    padding = -used % ALIGNMENT
    # torch's own padding, so that storages can be mapped; readers skip fields they do not know.
    extra += b'FB' + struct.pack('<H', padding) + b'Z' * padding
    shown = z.FULL_32 if wide else size
    version = _ZIP64 if wide else _PLAIN
    head = (z.LOCAL_SIGNATURE, version, z.UTF8, 0, 0, 0, 0, shown, shown)  # the CRC comes later
    out.write(z.LOCAL_HEADER.pack(*head, len(name), len(extra)) + name + extra)
    return at


def _end(out: BinaryIO, header_at: int, crc: int) -> None:
    """Write the CRC-32 into the header: it is known once the bytes have passed by."""
    end = out.tell()
    out.seek(header_at + _CRC_AT)
    out.write(struct.pack('<I', crc))
    out.seek(end)


def _write_directory(out: BinaryIO, entries: List[_Entry]) -> None:
    start = out.tell()
    for entry in entries:
        out.write(_directory_entry(entry))
    size = out.tell() - start
    count = len(entries)
    if count >= z.FULL_16 or start >= z.FULL_32 or size >= z.FULL_32:
        end = out.tell()
        head = (z.END_64_SIGNATURE, z.END_64.size - 12, _ZIP64, _ZIP64, 0, 0)
        out.write(z.END_64.pack(*head, count, count, size, start))
        out.write(z.END_64_PLACE.pack(z.END_64_PLACE_SIGNATURE, 0, end, 1))
        count = min(count, z.FULL_16)
        size, start = min(size, z.FULL_32), min(start, z.FULL_32)
    out.write(z.END.pack(z.END_SIGNATURE, 0, 0, count, count, size, start, 0))


def _directory_entry(entry: _Entry) -> bytes:
    wide = [entry.size, entry.size] if entry.size >= z.FULL_32 else []
    wide += [entry.header_at] if entry.header_at >= z.FULL_32 else []
    extra = struct.pack(f'<HH{len(wide)}Q', 1, 8 * len(wide), *wide) if wide else b''
    size, at = min(entry.size, z.FULL_32), min(entry.header_at, z.FULL_32)
    version = _ZIP64 if wide else _PLAIN
    head = (z.ENTRY_SIGNATURE, version, version, z.UTF8, 0, 0, 0, entry.crc32, size, size)
    return z.ENTRY.pack(*head, len(entry.name), len(extra), 0, 0, 0, 0, at) + entry.name + extra
