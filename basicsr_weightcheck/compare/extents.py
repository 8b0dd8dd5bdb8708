"""How far two float32 tensors are apart at most and at least: few passes, little Python.

A file is read as fast as its bytes move in memory, so that every step of Python between two reads
counts twice: threads wait for each other there. Hence plain loops over preallocated arrays.
"""

from __future__ import annotations

import math
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from basicsr_weightcheck.compare.streams import Source
from basicsr_weightcheck.records.tensors import TensorSpec

WIDTH = 4  # bytes of a float32
BLOCK_ELEMENTS = 1 << 19  # handled at once: threads meet less often than in smaller blocks
UNIT = 2.0**-24  # by so much of itself a result is off in float32
SMALLEST_SQUARE = 1e-30  # in the mean; squares that are smaller get lost in float32
SAMPLE = 4096  # elements that mostly suffice to see how long a tensor is at least
NEAR = 4.2  # |b - a| <= |a| / 2, with room for the rounding of a sum of BLOCK_ELEMENTS


class Squares(NamedTuple):
    """Sums of a*a, b*b and a*b."""

    one: float
    other: float
    product: float


class Extent(NamedTuple):
    """What two tensors, or parts of them, are far from or near to.

    Attributes:
        largest: max |a - b|, rounded to float32. Where a tensor holds NaN or Inf, it or a sum in
            `squares` is not finite.
        count: elements.
        squares: None where |b - a| is surely at most half of |a|: such tensors make an angle of
            30 degrees at most, whatever their squares are.
        equal_bits: they are the same, signs of zeros included.
    """

    largest: float
    count: int  # type: ignore[assignment]  # hides tuple.count
    squares: Optional[Squares] = None
    equal_bits: bool = False

    @property
    def least(self) -> float:
        """The largest difference is not below it."""
        return self.largest * (1 - 2 * UNIT)

    @property
    def most(self) -> float:
        """The largest difference is not above it."""
        return self.largest * (1 + 2 * UNIT)

    @property
    def is_near(self) -> bool:
        """Hence finite, too."""
        return self.squares is None

    @property
    def is_sound(self) -> bool:
        """Nothing is NaN or Inf, and float32 has lost nothing of the squares."""
        if self.squares is None:
            return True
        low = min(self.squares.one, self.squares.other)
        return math.isfinite(sum(self.squares)) and low > SMALLEST_SQUARE * self.count

    def cosine(self) -> Tuple[float, float]:
        """(|cosine|, its largest error) of sound tensors that are not near."""
        assert self.squares is not None
        one, other, product = self.squares
        cosine = abs(product) / math.sqrt(one * other)
        # A sum of n terms is off by less than n units, in whatever order it was added.
        return cosine, 1.1 * UNIT * min(self.count, BLOCK_ELEMENTS) * (1 + cosine)


class Part(NamedTuple):
    """A stretch of a pair of tensors: its index, the first byte in each file, elements."""

    pair: int
    starts: Tuple[int, int]
    count: int  # type: ignore[assignment]  # hides tuple.count


def parts(number: int, pair: Sequence[TensorSpec], most: int) -> List[Part]:
    """Two contiguous tensors in parts of at most `most` elements."""
    starts = []
    for spec in pair:
        assert spec.storage is not None and spec.storage.file_offset is not None
        starts.append(spec.storage.file_offset + spec.storage_offset * WIDTH)
    count = pair[0].count
    return [
        Part(number, (starts[0] + at * WIDTH, starts[1] + at * WIDTH), min(most, count - at))
        for at in range(0, count, most)
    ]


class Ruler:
    """Finds extents; one for each thread.

    Args:
        sources: where the bytes come from, both little-endian.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._readers = [source.read_into for source in sources]
        self._bytes = [memoryview(bytearray(WIDTH * BLOCK_ELEMENTS)) for _ in sources]
        self._arrays = [np.frombuffer(one, '<f4') for one in self._bytes]
        self._arrays.append(np.empty(BLOCK_ELEMENTS, 'f4'))
        self._views: Tuple[List[memoryview], List[Any]] = ([], [])

    def extents(self, batch: Sequence[Part]) -> List[Extent]:
        """The extent of each part.

        Raises:
            CorruptCheckpointError: a file ends early.
        """
        with np.errstate(all='ignore'):
            return [self._extent(part) for part in batch]

    def _extent(self, part: Part, all_squares: bool = False) -> Extent:
        (read_one, read_other), (start_one, start_other) = self._readers, part.starts
        count, largest, squares, equal = part.count, 0.0, Squares(0.0, 0.0, 0.0), True
        blocks = -(-count // BLOCK_ELEMENTS)
        thick = -(-count // blocks)  # equal blocks: a small rest costs as much as a large one
        for at in range(0, count, thick):
            n = min(thick, count - at)
            (bytes_one, bytes_other), (a, b, room) = self._first(n)
            read_one(start_one + at * WIDTH, bytes_one)
            read_other(start_other + at * WIDTH, bytes_other)
            np.subtract(a, b, out=room)
            top = max(float(np.maximum.reduce(room)), -float(np.minimum.reduce(room)))
            if not all_squares and not _is_near(a, n * top * top):
                if at:  # squares are needed, and those of the first blocks were not summed
                    return self._extent(part, True)
                all_squares = True
            if all_squares:
                squares = Squares(
                    squares.one + float(np.dot(a, a)),
                    squares.other + float(np.dot(b, b)),
                    squares.product + float(np.dot(a, b)),
                )
            largest = max(largest, top)
            equal = equal and not top and np.array_equal(a.view('u4'), b.view('u4'))
        return Extent(largest, count, squares if all_squares else None, equal)

    def _first(self, n: int) -> Tuple[List[memoryview], List[Any]]:
        """The first n elements of the room: bytes to fill, arrays."""
        if not self._views[1] or len(self._views[1][0]) != n:
            self._views = [one[: n * WIDTH] for one in self._bytes], [x[:n] for x in self._arrays]
        return self._views


def _is_near(one: Any, change: float) -> bool:
    """The square of the change, `change` at most, is at most a quarter of that of a tensor."""
    bound = NEAR * change
    return any(bound <= float(np.dot(part, part)) < math.inf for part in (one[:SAMPLE], one))


def merged(one: Extent, more: Extent) -> Optional[Extent]:
    """The extent of both parts; None where one is near and the other is not."""
    if one.is_near != more.is_near:
        return None
    squares = None
    if one.squares is not None and more.squares is not None:
        squares = Squares(*(a + b for a, b in zip(one.squares, more.squares)))
    return Extent(
        max(one.largest, more.largest),
        one.count + more.count,
        squares,
        one.equal_bits and more.equal_bits,
    )
