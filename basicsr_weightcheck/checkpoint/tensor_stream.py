"""The bytes of a planned tensor, piece by piece, in the order in which they are written.

numpy is needed for views that are not contiguous, casts and other numbers of channels.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO, Iterator, Optional, Set, Tuple, Union

from basicsr_weightcheck.checkpoint.checksums import pieces
from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.checkpoint.storage_plan import byte_count
from basicsr_weightcheck.checkpoint.tensor_bytes import ByteReader
from basicsr_weightcheck.checkpoint.views import first_byte, joined_blocks
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.records.conversions import MEAN, SLICE, ChannelChange, PlannedTensor
from basicsr_weightcheck.records.tensors import TensorSpec

if TYPE_CHECKING:
    import numpy as np

PIECE_BYTES = 4 << 20
READ_BYTES = 4 << 20  # what is read at once of elements that do not lie side by side
_KINDS = {1: 'u1', 2: '<u2', 4: '<u4', 8: '<u8', 16: '<c16'}
Piece = Union[memoryview, bytes]


class TensorStream:
    """Reads one source file and remembers what the casts did.

    Args:
        reader: of the source.
    """

    def __init__(self, reader: ByteReader) -> None:
        self._reader = reader
        self._buffer = memoryview(bytearray(PIECE_BYTES))
        self.overflowed: Set[str] = set()

    def write(self, out: BinaryIO, tensor: PlannedTensor) -> int:
        """Write the bytes of a tensor and return their CRC-32.

        Raises:
            CorruptCheckpointError: they do not match the CRC-32 that the source has of them:
                torch.load would not have noticed.
            CheckpointError: the source cannot be read.
            OSError: the file cannot be written.
        """
        crc = 0
        for piece in self.pieces(tensor):
            out.write(piece)
            crc = zlib.crc32(piece, crc)
        if _known_crc32(tensor) not in (None, crc):
            raise problem('bytes-changed', self._reader.path, key=tensor.parts[0].key)
        return crc

    def pieces(self, tensor: PlannedTensor) -> Iterator[Piece]:
        """Bytes of the tensor, contiguous, little-endian; a piece is valid until the next one.

        Raises:
            CheckpointError: the source cannot be read where its header says.
        """
        try:
            if tensor.channels is not None:
                yield from self._resized(tensor, tensor.channels)
                return
            cast = tensor.dtype != tensor.parts[0].dtype
            for part in self._split(tensor):
                if not part.count:
                    continue  # an empty view may begin anywhere
                if part.is_contiguous and not cast:
                    at, size = first_byte(part), part.count * WIDTH[part.dtype]
                    yield from pieces(self._reader.read_into, at, size, self._buffer)
                else:
                    yield self._finished(part, tensor)
        except CheckpointError as error:
            if error.path:
                raise
            raise type(error)(error.what, path=self._reader.path, advice=error.advice) from error

    def _split(self, tensor: PlannedTensor) -> Iterator[TensorSpec]:
        whole = len(tensor.parts) == 1 and tensor.parts[0].is_contiguous
        if whole and tensor.dtype == tensor.parts[0].dtype:
            return iter(tensor.parts)
        # The order of the elements matters here: the pieces are the bytes of the new file.
        most = PIECE_BYTES // WIDTH[tensor.parts[0].dtype]
        return joined_blocks(tensor.parts, tensor.join_dim, most)

    def _finished(self, part: TensorSpec, tensor: PlannedTensor) -> bytes:
        bits = gather(part, self._reader)
        if tensor.dtype == part.dtype:
            return bits.tobytes()
        from basicsr_weightcheck.checkpoint.cast import to_values

        return self._rounded(to_values(bits, part.dtype), tensor)

    def _rounded(self, values: np.ndarray, tensor: PlannedTensor) -> bytes:
        from basicsr_weightcheck.checkpoint.cast import overflows, to_bits

        bits = to_bits(values, tensor.dtype)
        if overflows(values, bits, tensor.dtype):
            self.overflowed.add(tensor.key)
        return bits.tobytes()

    def _resized(self, tensor: PlannedTensor, change: ChannelChange) -> Iterator[bytes]:
        import numpy as np

        from basicsr_weightcheck.checkpoint.cast import to_values

        # A row at a time: the first layer of a network is small, but a file may claim any size.
        for row in range(tensor.shape[0]):
            if tensor.join_dim == 0:
                views = [_row_of(tensor, row)]
            else:
                views = [part.narrowed(0, row, row + 1) for part in tensor.parts]
            found = [
                to_values(gather(view, self._reader), view.dtype).astype('<f8') for view in views
            ]
            joined = np.concatenate(found, axis=max(1, tensor.join_dim))
            yield self._rounded(_with_channels(joined, change), tensor)


def _known_crc32(tensor: PlannedTensor) -> Optional[int]:
    """The CRC-32 in the source, where the tensor is a whole storage as it lies there."""
    part = tensor.parts[0]
    whole = len(tensor.parts) == 1 and tensor.channels is None and part.is_contiguous
    if not whole or tensor.dtype != part.dtype or part.storage is None:
        return None
    same = part.storage_offset == 0 and part.storage.byte_count == byte_count(tensor)
    return part.storage.crc32 if same else None


def _row_of(tensor: PlannedTensor, row: int) -> TensorSpec:
    """The row of the part in which it lies; parts are joined along dim 0."""
    for part in tensor.parts:
        if row < part.shape[0]:
            return part.narrowed(0, row, row + 1)
        row -= part.shape[0]
    raise IndexError(row)


def _with_channels(rows: np.ndarray, change: ChannelChange) -> np.ndarray:
    """Rows (n, in_channels, ...) of float64 with another number of channels."""
    import numpy as np

    before = rows.shape[1]
    if change.mode == SLICE:
        return rows[:, : change.channels]
    if change.mode == MEAN:
        total = rows[:, 0].copy()
        for channel in range(1, before):
            total += rows[:, channel]
        mean = (total / change.channels)[:, None]  # of the old channels, times old/new
        return np.broadcast_to(mean, (rows.shape[0], change.channels, *rows.shape[2:]))
    # Each copy of a channel gets an equal part of its weight.
    origin = np.arange(change.channels) % before
    copies = np.bincount(origin, minlength=before)[origin]
    tiled: np.ndarray = rows[:, origin] / copies.reshape(1, -1, *[1] * (rows.ndim - 2))
    return tiled


def gather(view: TensorSpec, reader: ByteReader) -> np.ndarray:
    """The elements in order, as unsigned numbers of their width: bits, not values.

    Raises:
        CorruptCheckpointError: the view reaches beyond its storage, or the file ends.
    """
    import numpy as np

    width = WIDTH[view.dtype]
    found = np.empty(view.shape, _KINDS[width])
    if view.count:
        steps = tuple(stride * width for stride in view.strides)
        _fill(found, first_byte(view), steps, reader)
    return found


def _fill(found: np.ndarray, at: int, steps: Tuple[int, ...], reader: ByteReader) -> None:
    """Fill from byte `at` on; `steps` are bytes between neighbours along each dimension."""
    import numpy as np

    reach = sum((size - 1) * step for size, step in zip(found.shape, steps)) + found.itemsize
    if reach <= READ_BYTES:
        buffer = np.empty(reach, 'u1')
        reader.read_into(at, memoryview(buffer.data))
        found[...] = np.ndarray(found.shape, found.dtype, buffer, 0, steps)
        return
    # Along the widest step: the pieces inside lie closer together.
    widest = max(range(found.ndim), key=lambda dim: steps[dim] if found.shape[dim] > 1 else -1)
    inside = steps[:widest] + steps[widest + 1 :]
    for index in range(found.shape[widest]):
        place = (slice(None),) * widest + (index,)
        _fill(found[place], at + index * steps[widest], inside, reader)
