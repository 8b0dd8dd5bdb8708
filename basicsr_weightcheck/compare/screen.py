"""Tell the tensors that a page will not show from those that it may, by passes in float32.

A page shows the largest differences with all their numbers; of the others it only says in which
state they are. Bounds are enough for that: rounding keeps order, so the largest difference in
float32 is the largest difference, rounded.
"""

from __future__ import annotations

import math
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from basicsr_weightcheck.compare.arrays import Kind, numbers
from basicsr_weightcheck.compare.measure import equal_bits
from basicsr_weightcheck.compare.streams import Group, OpenFile, run_over
from basicsr_weightcheck.records.comparisons import (
    DIFFERENT,
    IDENTICAL,
    NOT_FINITE,
    TINY,
    ValueDifference,
)

FLOATS = {'float32', 'float16', 'bfloat16'}  # float32 holds all of their values
UNIT = 2.0**-24  # by so much of itself a result is off in float32


def screen(
    groups: Sequence[Group], sources: Sequence[OpenFile], tolerance: float, shown: int
) -> Dict[int, ValueDifference]:
    """Return {index of a group: its state alone} of those that are surely not shown.

    These rank behind `shown` others, in the order of `Comparison.largest`; identical tensors are
    never shown, and told here where the container has no checksums.

    Args:
        groups: pairs of tensors, as for `run_over`.
        sources: as for `run_over`.
        tolerance: a largest difference below it is 'tiny'.
        shown: how many of the largest differences need their numbers.

    Raises:
        CorruptCheckpointError, LimitExceededError: as `run_over`.
    """
    simple = [at for at, pair in enumerate(groups) if {one.dtype for one in pair} <= FLOATS]
    if len(simple) <= shown:
        return {}
    concerned = [groups[at] for at in simple]
    extents = run_over(
        concerned, sources, lambda most: _Ruler(most, tolerance).extent, _Extent.merged
    )
    known: Dict[int, ValueDifference] = {}
    ranks: List[Tuple[bool, float, int]] = []
    for at, extent in zip(simple, extents):
        value = extent.judged(groups[at][0].key, groups[at][0].count)
        if value is not None:
            known[at] = value
            if value.state != IDENTICAL:
                ranks.append((*extent.rank, at))
    for *_, at in sorted(ranks)[:shown]:
        del known[at]
    return known


class _Extent(NamedTuple):
    """What two tensors, or parts of them, are far from or near to.

    Attributes:
        largest: max |a - b|, rounded to float32.
        reaches: it is the tolerance or above, before it is rounded.
        finite: neither NaN nor Inf on either side.
        equal_bits: they are the same, signs of zeros included.
    """

    largest: float
    reaches: bool
    finite: bool
    equal_bits: bool

    def merged(self, more: _Extent) -> _Extent:
        return _Extent(
            max(self.largest, more.largest),
            self.reaches or more.reaches,
            self.finite and more.finite,
            self.equal_bits and more.equal_bits,
        )

    @property
    def rank(self) -> Tuple[bool, float]:
        """As `Comparison.largest` sorts: what is not finite first, then the largest."""
        return self.finite, -self.largest if self.finite else 0.0

    def judged(self, key: str, count: int) -> Optional[ValueDifference]:
        """The tensor's state; None where a difference is too large for float32."""
        if self.equal_bits:
            return ValueDifference(key, count, IDENTICAL, 'bytes')
        if not self.finite:
            return ValueDifference(key, count, NOT_FINITE)
        if math.isinf(self.largest):
            return None
        return ValueDifference(key, count, DIFFERENT if self.reaches else TINY)


class _Ruler:
    """Finds extents of blocks of at most `ceiling` elements; one for each thread."""

    def __init__(self, ceiling: int, tolerance: float) -> None:
        self._tolerance = tolerance
        self._one, self._other, self._rest = (np.empty(ceiling, 'f4') for _ in range(3))
        self._bits = np.empty(ceiling, 'u4')

    def extent(self, arrays: List[Any], kinds: List[Kind]) -> _Extent:
        """The extent of two arrays of equal length, as `elements` gives them."""
        with np.errstate(all='ignore'):
            a = self._floats(arrays[0], kinds[0], self._one)
            b = self._floats(arrays[1], kinds[1], self._other)
            change = np.subtract(a, b, out=self._rest[: len(a)])
            largest = max(float(np.maximum.reduce(change)), -float(np.minimum.reduce(change)))
            sound = math.isfinite(largest)
            return _Extent(
                largest,
                self._reaches(largest, a, b),
                sound or bool(np.isfinite(a).all() and np.isfinite(b).all()),
                not (sound and largest) and equal_bits(arrays, kinds),
            )

    def _reaches(self, largest: float, a: Any, b: Any) -> bool:
        if abs(largest - self._tolerance) <= 4 * UNIT * self._tolerance:  # rounding might decide
            largest = float(np.abs(np.subtract(a, b, dtype='f8')).max())
        return largest >= self._tolerance

    def _floats(self, raw: Any, kind: Kind, room: Any) -> Any:
        """float32 of the elements."""
        if kind == ('float32', 4, '<'):
            return raw
        values = room[: len(raw)]
        np.copyto(values, numbers(raw, kind, self._bits))
        return values
