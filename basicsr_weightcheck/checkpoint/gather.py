"""The elements of any view of a file as one array, within bounded memory. Needs numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.tensor_bytes import ByteReader
from basicsr_weightcheck.checkpoint.views import first_byte
from basicsr_weightcheck.records.tensors import TensorSpec

if TYPE_CHECKING:
    import numpy as np

READ_BYTES = 4 << 20  # what is read at once of elements that do not lie side by side
_KINDS = {1: 'u1', 2: '<u2', 4: '<u4', 8: '<u8', 16: '<c16'}


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
