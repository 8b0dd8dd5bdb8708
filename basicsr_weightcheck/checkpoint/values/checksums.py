"""Bytes in pieces, and checksums that loaders skip: CRC-32 of storages, SHA-256 in the name."""

from __future__ import annotations

import os
import re
import zlib
from typing import Callable, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.records.tensors import StorageSpec

PIECE_BYTES = 1 << 20
ReadInto = Callable[[int, memoryview], None]  # fills a buffer from an offset of the file


def pieces(
    read_into: ReadInto, at: int, byte_count: int, buffer: memoryview
) -> Iterator[memoryview]:
    """So many bytes from `at` on, in pieces as large as the buffer; each is valid until the next.

    Raises:
        CorruptCheckpointError: as `ByteReader.read_into`.
    """
    for first in range(0, byte_count, len(buffer) or 1):
        piece = buffer[: byte_count - first]
        read_into(at + first, piece)
        yield piece


def crc32_of(read_into: ReadInto, at: int, byte_count: int) -> int:
    """CRC-32 of so many bytes from `at` on. Raises as `pieces`."""
    crc = 0
    buffer = memoryview(bytearray(min(PIECE_BYTES, byte_count)))
    for piece in pieces(read_into, at, byte_count, buffer):
        crc = zlib.crc32(piece, crc)
    return crc


def rotten_storages(storages: Sequence[StorageSpec], read_into: ReadInto) -> Tuple[str, ...]:
    """Names of storages whose bytes do not match their CRC-32; those without one are skipped.

    torch.load does not verify it (MINIZ_DISABLE_ZIP_READER_CRC32_CHECKS in torch's own build).

    Raises:
        CorruptCheckpointError: the file ends early.
    """
    checked = [one for one in storages if one.crc32 is not None and one.file_offset is not None]
    from concurrent.futures import ThreadPoolExecutor  # slow to import

    # zlib and preadv let go of the interpreter's lock.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = pool.map(
            lambda one: crc32_of(read_into, one.file_offset or 0, one.byte_count), checked
        )
        return tuple(one.name for one, crc in zip(checked, found) if crc != one.crc32)


def hash_in_name(path: str) -> Optional[str]:
    """The eight digits that torch.hub and BasicSR put at the end of a file name, None without.

    Source: torch/hub.py `HASH_REGEX`; names of BasicSR's model zoo ('..._official-3ba7b086.pth').
    """
    match = re.search(r'-([0-9a-f]{8,})\.[A-Za-z]+$', os.path.basename(path))
    return match.group(1) if match else None


def sha256(path: str) -> str:
    """SHA-256 of a file, in hex."""
    import hashlib  # brings OpenSSL

    digest = hashlib.sha256()
    with open(path, 'rb', buffering=0) as file:
        for piece in iter(lambda: file.read(PIECE_BYTES), b''):
            digest.update(piece)
    return digest.hexdigest()
