"""Bytes of a weight file: read in pieces from several threads, views gathered, checksums held.

The checksums are those that loaders skip: CRC-32 of storages, SHA-256 in the name.
"""

from __future__ import annotations

import os
import re
import threading
import zlib
from typing import Callable, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.messages.lookup import system_reason
from basicsr_weightcheck.records.tensors import STORED_FORMS, StorageSpec, TensorSpec

POSITIONED = hasattr(os, 'preadv')  # not on Windows


class ByteReader:
    """One opened file; nothing of it is mapped or kept.

    Args:
        path: of the file.

    Raises:
        CheckpointError: the file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._file = open(path, 'rb', buffering=0)  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            reason = system_reason(error)
            raise problem('cannot-be-read', path, '', CheckpointError, reason=reason) from error
        self._number = self._file.fileno()

    @property
    def path(self) -> str:
        """As given."""
        return self._path

    def __enter__(self) -> ByteReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill `buffer` with the bytes of the file from `offset` on.

        Raises:
            CorruptCheckpointError: the file ends before the buffer is full.
        """
        filled = self._read_once(offset, buffer)  # a whole block, but for rare cases
        while filled < len(buffer):
            got = self._read_once(offset + filled, buffer[filled:])
            if not got:
                end = str(offset + filled)
                raise problem('ends-while-read', self._path, 'run-again', offset=end)
            filled += got

    def _read_once(self, offset: int, buffer: memoryview) -> int:
        if POSITIONED:
            return os.preadv(self._number, [buffer], offset)
        with self._lock:
            self._file.seek(offset)
            return self._file.readinto(buffer) or 0


# Where the elements of a view lie in the file, and views in pieces.


def span(view: TensorSpec) -> int:
    """Elements from the first to the last of a view, both included; 0 for an empty one."""
    if not view.count:
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(view.shape, view.strides))


def first_byte(view: TensorSpec) -> int:
    """Offset in the file of the first element.

    Raises:
        CorruptCheckpointError: the file does not tell where the bytes lie, they are not the values
            (`TensorSpec.form`), or the view reaches beyond its storage.
    """
    storage, width = view.storage, WIDTH.get(view.dtype)
    if width is None:
        raise problem('dtype-unknown', advice='', key=view.key, dtype=view.dtype)
    if view.form not in STORED_FORMS:
        raise problem('odd-form', advice='', key=view.key, form=view.form)
    if storage is None or storage.file_offset is None:
        raise problem('compressed', advice='uncompress', key=view.key)
    if (view.storage_offset + span(view)) * width > storage.byte_count:
        named = storage.name
        raise problem('beyond-named-storage', advice='', key=view.key, storage=named)
    return storage.file_offset + view.storage_offset * width


def blocks(view: TensorSpec, most: int) -> Iterator[TensorSpec]:
    """The view in pieces of at most `most` elements, in the order of its elements."""
    if not view.count:
        return
    if view.count <= most or not view.shape:
        yield view
        return
    rest = view.count // view.shape[0]
    rows = max(1, most // rest)
    for first in range(0, view.shape[0], rows):
        piece = view.narrowed(0, first, min(first + rows, view.shape[0]))
        if piece.count <= most:
            yield piece
        else:
            # One row is too large: go on inside it.
            inner = piece._replace(shape=piece.shape[1:], stride=piece.strides[1:])
            yield from blocks(inner, most)


def joined_blocks(parts: Tuple[TensorSpec, ...], dim: int, most: int) -> Iterator[TensorSpec]:
    """The same for several views joined along `dim`."""
    if dim == 0 or len(parts) == 1:
        for part in parts:
            yield from blocks(part, most)
        return
    # Row by row: only along dim 0 do the parts lie one behind the other in the result.
    for row in range(parts[0].shape[0]):
        rows = tuple(
            part.narrowed(0, row, row + 1)._replace(shape=part.shape[1:], stride=part.strides[1:])
            for part in parts
        )
        yield from joined_blocks(rows, dim - 1, most)


# Pieces, and their checksums.

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
