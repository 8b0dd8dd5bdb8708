"""Bytes of a weight file: read in pieces from several threads, strided views gathered."""

from __future__ import annotations

import os
import threading
from typing import Iterator, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.problems import file_stamp, problem
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.messages.lookup import system_reason
from basicsr_weightcheck.records.tensors import STORED_FORMS, TensorSpec

POSITIONED = hasattr(os, 'preadv')  # not on Windows


class ByteReader:
    """One opened file; nothing of it is mapped or kept.

    Args:
        stamp: of the file whose header was read; () for whatever stands there.

    Raises:
        CheckpointError: the file cannot be opened, or is not the one of the header any more.
    """

    def __init__(self, path: str, stamp: Tuple[int, ...] = ()) -> None:
        self._path, self._stamp = path, stamp
        self._lock = threading.Lock()
        try:
            self._file = open(path, 'rb', buffering=0)  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            reason = system_reason(error)
            raise problem('cannot-be-read', path, '', CheckpointError, reason=reason) from error
        self._number = self._file.fileno()
        self._refuse_changed()

    @property
    def path(self) -> str:
        return self._path

    def __enter__(self) -> ByteReader:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._file:
            if kind is None:
                self._refuse_changed()

    def _refuse_changed(self) -> None:
        if self._stamp not in ((), file_stamp(os.fstat(self._number))):
            self._file.close()
            raise problem('changed-while-read', self._path, 'run-again')

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
