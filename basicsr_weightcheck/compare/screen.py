"""Tell the tensors that a page will not show from those that it may, in a quarter of the passes.

A page shows the largest differences with all their numbers; of the others it only says in which
state they are and whether they stand at right angles. Bounds are enough for that.
"""

from __future__ import annotations

import math
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from basicsr_weightcheck.compare import streams
from basicsr_weightcheck.compare.arrays import Kind
from basicsr_weightcheck.compare.streams import Group, Source, Work, run_over
from basicsr_weightcheck.records.comparisons import (
    DIFFERENT,
    RIGHT_ANGLE,
    TINY,
    UNRELATED_ELEMENTS,
    ValueDifference,
)

FLOAT = 'float32'
UNIT = 2.0**-24  # by so much of itself a result is off in float32
SMALLEST_SQUARE = 1e-30  # in the mean; squares that are smaller get lost in float32


class Extent(NamedTuple):
    """What two float32 tensors are far from or near to; NaN and Inf spread through the sums."""

    largest: float
    square_one: float
    square_other: float
    product: float

    def merged(self, more: Extent) -> Extent:
        """The extent of both blocks."""
        return Extent(
            max(self.largest, more.largest),
            self.square_one + more.square_one,
            self.square_other + more.square_other,
            self.product + more.product,
        )

    @property
    def least(self) -> float:
        """The largest difference is not below it."""
        return self.largest * (1 - 2 * UNIT)

    @property
    def most(self) -> float:
        """The largest difference is not above it."""
        return self.largest * (1 + 2 * UNIT)


class _Screen:
    """Finds the extents of blocks of at most `ceiling` elements; one for each thread."""

    def __init__(self, ceiling: int) -> None:
        self._room = np.empty(ceiling, 'f4')

    def extent(self, arrays: List[Any], _: List[Kind]) -> Extent:
        """The extent of two float32 arrays of equal length."""
        one, other = arrays
        with np.errstate(all='ignore'):
            difference = np.subtract(one, other, out=self._room[: len(one)])
            return Extent(
                max(float(difference.max()), -float(difference.min())),
                float(np.dot(one, one)),
                float(np.dot(other, other)),
                float(np.dot(one, other)),
            )


def screen(
    groups: Sequence[Group], sources: Sequence[Source], tolerance: float, shown: int, workers: int
) -> Dict[int, ValueDifference]:
    """Return {index of a group: its state alone} of those that are surely not shown.

    Rounding in float32 keeps order, so the bounds hold; where they do not decide, and for other
    dtypes, nothing is returned and all has to be measured.

    Args:
        groups: pairs of tensors, as for `run_over`.
        sources, workers: as for `run_over`.
        tolerance: a largest difference below it is 'tiny'.
        shown: how many of the largest differences need their numbers.

    Raises:
        CorruptCheckpointError, LimitExceededError: as `run_over`.
    """
    simple = [index for index, pair in enumerate(groups) if {one.dtype for one in pair} == {FLOAT}]
    if len(simple) <= shown:
        return {}
    work = Work(lambda ceiling: _Screen(ceiling).extent, Extent.merged)
    extents = dict(zip(simple, run_over([groups[i] for i in simple], sources, work, workers)))
    known = {index: _known(groups[index], one, tolerance) for index, one in extents.items()}
    sure = {index: value for index, value in known.items() if value is not None}
    if len(sure) <= shown:
        return {}
    floor = sorted((extents[index].least for index in sure), reverse=True)[shown - 1]
    return {index: value for index, value in sure.items() if extents[index].most < floor}


def _known(pair: Group, extent: Extent, tolerance: float) -> Optional[ValueDifference]:
    """The tensor's state, None where the bounds leave a doubt."""
    count = pair[0].count
    squares = extent.square_one, extent.square_other
    sound = math.isfinite(sum(squares)) and min(squares) > SMALLEST_SQUARE * count
    if not sound or not extent.largest or extent.least < tolerance <= extent.most:
        return None
    across = None
    if count > UNRELATED_ELEMENTS:
        cosine = abs(extent.product) / math.sqrt(squares[0] * squares[1])
        # A sum of n terms is off by less than n units, in whatever order it was added.
        error = UNIT * min(count, streams.BLOCK_ELEMENTS) * (1 + cosine)
        if abs(cosine - RIGHT_ANGLE) <= 1.1 * error:
            return None
        across = cosine < RIGHT_ANGLE
    state = TINY if extent.most < tolerance else DIFFERENT
    return ValueDifference(pair[0].key, count, state, across=across)
