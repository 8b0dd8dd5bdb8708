"""Bytes of a file as numpy arrays."""

from __future__ import annotations

from typing import Any, NamedTuple, Tuple

import numpy as np

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.compare.blocks import Block

# How the bytes of a dtype are viewed. bfloat16 and complex32 have no numpy type of their own.
_LETTERS = {'bfloat16': 'u', 'complex32': 'u', 'bool': 'u'}  # of others the first of the name
VIEWS = {
    dtype: _LETTERS.get(dtype, dtype[0]) + str(WIDTH[dtype])
    for dtype in (
        'float64 float32 float16 bfloat16 complex128 complex64 complex32 int64 int32 int16 int8 '
        'uint64 uint32 uint16 uint8 bool'
    ).split()
}
OPAQUE_VIEWS = {1: 'u1', 2: 'u2', 4: 'u4', 8: 'u8', 16: 'c16'}  # by width: compared, not measured


class Kind(NamedTuple):
    """A dtype as it lies in a file: torch's name, bytes of an element, '<' or '>'."""

    dtype: str
    width: int
    order: str = '<'

    @property
    def view(self) -> str:
        """numpy's name of the bytes."""
        return self.order + VIEWS.get(self.dtype, OPAQUE_VIEWS[self.width])


class Room:
    """Memory that is used again and again: to ask the system for new one costs more than sums."""

    def __init__(self) -> None:
        self._memory = bytearray()

    def take(self, count: int, kind: Kind) -> Tuple[memoryview, Any]:
        """Room for so many elements, as bytes to fill and as a 1-dim array."""
        if len(self._memory) < count * kind.width:
            self._memory = bytearray(count * kind.width)
        view = memoryview(self._memory)[: count * kind.width]
        return view, np.frombuffer(view, kind.view)


def elements(flat: Any, block: Block, tensor: int) -> Any:
    """The elements of one tensor of a block as a 1-dim array; `flat` begins at its start."""
    strides = block.strides[tensor]
    if strides in ((), (1,)):
        return flat
    steps = tuple(step * flat.itemsize for step in strides)
    return np.ascontiguousarray(np.ndarray(block.shape, flat.dtype, flat, 0, steps)).reshape(-1)


def numbers(raw: Any, kind: Kind, bits: Any = None) -> Any:
    """The elements as numbers of a type that numpy knows: bfloat16 and complex32 are widened.

    Args:
        raw: as `elements` gives them.
        kind: their dtype, one of VIEWS.
        bits: uint32 array to work in, at least as long; None makes one.
    """
    if kind.dtype == 'bfloat16':
        room = np.empty(len(raw), 'u4') if bits is None else bits[: len(raw)]
        return np.left_shift(raw, np.uint32(16), out=room).view('f4')
    if kind.dtype == 'complex32':
        return raw.astype('u4').view('f2').astype('f4').view('c8')
    return raw
