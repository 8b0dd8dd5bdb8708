"""The bytes of a planned tensor, piece by piece, in the order of writing, cast if need be.

numpy is needed for views that are not contiguous, casts and other numbers of channels.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Dict, Iterator, NamedTuple, Optional, Set, Tuple, Union

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.checkpoint.values.checksums import pieces
from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader, first_byte, joined_blocks
from basicsr_weightcheck.checkpoint.writing.storage_plan import byte_count
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.records.findings import MEAN, SLICE, ChannelChange, PlannedTensor
from basicsr_weightcheck.records.tensors import TensorSpec

if TYPE_CHECKING:
    import numpy as np

PIECE_BYTES = 4 << 20
READ_BYTES = 4 << 20  # what is read at once of elements that do not lie side by side
_KINDS = {1: 'u1', 2: '<u2', 4: '<u4', 8: '<u8', 16: '<c16'}
Piece = Union[memoryview, bytes]


class TensorStream:
    """Reads one source file and remembers what the casts did."""

    def __init__(self, reader: ByteReader) -> None:
        self._reader = reader
        self._buffer = memoryview(bytearray(PIECE_BYTES))
        self.overflowed: Set[str] = set()

    def write(self, out: IO[bytes], tensor: PlannedTensor) -> int:
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
                    bits = gather(part, self._reader)
                    values = to_values(bits, part.dtype) if cast else None
                    yield bits.tobytes() if values is None else self._rounded(values, tensor)
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

    def _rounded(self, values: np.ndarray, tensor: PlannedTensor) -> bytes:
        bits = to_bits(values, tensor.dtype)
        if overflows(values, bits, tensor.dtype):
            self.overflowed.add(tensor.key)
        return bits.tobytes()

    def _resized(self, tensor: PlannedTensor, change: ChannelChange) -> Iterator[bytes]:
        import numpy as np

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


# Floating-point bits from one dtype to another, rounded as torch does it. Needs numpy.
#
# Source: c10/util/Half.h, BFloat16.h (torch 2.13): every narrow type is reached through float32;
# torch/headeronly/util/Float8_*.h: how the five types of 8 bits are laid out.

_NATIVE = {'float64': '<f8', 'float32': '<f4', 'float16': '<f2'}
_QUIET_NAN = 0x7FC0


class _Narrow(NamedTuple):
    """A type of 8 bits: width of the mantissa, bias of the exponent, bits that are no number."""

    mantissa: int
    bias: int
    nan: int  # these bits, and with the sign
    inf: int = -1  # these bits, and with the sign; what lies above them is NaN


_NARROW: Dict[str, _Narrow] = {
    'float8_e4m3fn': _Narrow(3, 7, 0x7F),
    'float8_e5m2': _Narrow(2, 15, 0x7F, 0x7C),
    'float8_e4m3fnuz': _Narrow(3, 8, 0x80),
    'float8_e5m2fnuz': _Narrow(2, 16, 0x80),
}
_POWERS = 'float8_e8m0fnu'  # nothing but an exponent
CASTABLE = (*_NATIVE, 'bfloat16')
READABLE = (*CASTABLE, *_NARROW, _POWERS)


def to_values(bits: np.ndarray, dtype: str) -> np.ndarray:
    """The values of bits of one of `READABLE`; bfloat16 and types of 8 bits as float32."""
    import numpy as np

    if dtype not in CASTABLE:
        narrow: np.ndarray = _values_of_bytes(dtype)[bits]
        return narrow
    if dtype == 'bfloat16':
        return (bits.astype('<u4') << np.uint32(16)).view('<f4')
    return bits.view(_NATIVE[dtype])


@lru_cache(maxsize=None)
def _values_of_bytes(dtype: str) -> np.ndarray:
    """The 256 values of a type of 8 bits, as float32."""
    import numpy as np

    bits = np.arange(256)
    if dtype == _POWERS:
        values = np.exp2(bits - 127.0)
        values[0xFF] = np.nan
        return np.asarray(values, '<f4')
    kind = _NARROW[dtype]
    steps = 1 << kind.mantissa
    exponent, mantissa = (bits & 0x7F) // steps, bits % steps / steps
    normal = (1 + mantissa) * np.exp2(exponent - float(kind.bias))
    values = np.where(exponent == 0, mantissa * np.exp2(1.0 - kind.bias), normal)
    if kind.inf >= 0:
        values[bits & 0x7F > kind.inf] = np.nan
        values[bits & 0x7F == kind.inf] = np.inf
    values[bits > 0x7F] *= -1
    values[[kind.nan, kind.nan | 0x80]] = np.nan
    return np.asarray(values, '<f4')


def to_bits(values: np.ndarray, dtype: str) -> np.ndarray:
    """Values rounded to one of `CASTABLE`, half to even, overflow to infinity."""
    import numpy as np

    with np.errstate(over='ignore', invalid='ignore', under='ignore'):
        if dtype in ('float64', 'float32'):
            return values.astype(_NATIVE[dtype])
        single = values.astype('<f4')
        if dtype == 'float16':
            return single.astype('<f2')
        bits = np.ascontiguousarray(single).view('<u4')
        rounded = (bits + (((bits >> 16) & 1) + np.uint32(0x7FFF))) >> 16
        return np.where(np.isnan(single), np.uint32(_QUIET_NAN), rounded).astype('<u2')


def overflows(before: np.ndarray, bits: np.ndarray, dtype: str) -> bool:
    """A finite value became infinite."""
    import numpy as np

    return bool((np.isinf(to_values(bits, dtype)) & np.isfinite(before)).any())
