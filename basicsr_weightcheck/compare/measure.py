"""Sums over one block of two tensors; what the values of one are like."""

from __future__ import annotations

from operator import add
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from basicsr_weightcheck.compare.arrays import VIEWS, Kind, numbers
from basicsr_weightcheck.compare.blocks import repeats
from basicsr_weightcheck.compare.streams import OpenFile, run_over
from basicsr_weightcheck.records.comparisons import TensorHealth
from basicsr_weightcheck.records.tensors import TensorSpec

_WIDE = ('int64', 'uint64')  # float64 cannot hold all of their values


class Sums(NamedTuple):
    """What the differences are made of; `merged` adds the sums of another block.

    `measured` elements are finite on both sides; None in `largest` means not measured at all.
    """

    equal_bits: bool
    largest: Optional[float] = None
    measured: int = 0
    absolute: float = 0.0
    absolute_one: float = 0.0
    square: float = 0.0
    square_one: float = 0.0
    square_other: float = 0.0
    product: float = 0.0
    bad_one: int = 0
    bad_other: int = 0

    def merged(self, more: Sums) -> Sums:
        """The sums over both blocks."""
        largest = [one for one in (self.largest, more.largest) if one is not None]
        equal = self.equal_bits and more.equal_bits
        return Sums(equal, max(largest, default=None), *map(add, self[2:], more[2:]))


class Meter:
    """Measures blocks of at most `ceiling` elements; one for each thread.

    It works in arrays of its own: to ask the system for new ones at every block costs more than
    the sums.
    """

    def __init__(self, ceiling: int) -> None:
        self._one = np.empty(ceiling)
        self._other = np.empty(ceiling)
        self._rest = np.empty(ceiling)
        self._bits = np.empty(ceiling, 'u4')

    def measure(self, arrays: List[Any], kinds: List[Kind]) -> Sums:
        """Sums over two arrays of equal length, in float64.

        Args:
            arrays: as `elements` gives them, shape (n,).
        """
        one, other = arrays
        if any(kind.dtype not in VIEWS for kind in kinds):
            return Sums(equal_bits(arrays, kinds))
        with np.errstate(all='ignore'):
            a = self._values(one, kinds[0], self._one)
            b = self._values(other, kinds[1], self._other)
            if a.dtype != b.dtype:
                a, b = a.astype('c16'), b.astype('c16')
            square_one, square_other, product = _dot(a, a), _dot(b, b), _dot(a, b)
            if not np.isfinite(square_one + square_other):
                return _measure_rest(a, b, equal_bits(arrays, kinds))
            absolute_one = float(self._magnitudes(a).sum())
            if kinds[0].dtype == kinds[1].dtype and kinds[0].dtype in _WIDE:
                difference = _wide_difference(one, other)
            else:
                difference = np.subtract(a, b, out=a)
            square = _dot(difference, difference)
            sizes = self._magnitudes(difference)
            largest = float(sizes.max())
            # -0.0 and 0.0 differ in bits only, so do two NaNs: nothing but the bits tells.
            equal = largest == 0 and equal_bits(arrays, kinds)
            total = float(sizes.sum())
        squares = (square, square_one, square_other, product)
        return Sums(equal, largest, len(a), total, absolute_one, *squares)

    def _magnitudes(self, values: Any) -> Any:
        return np.abs(values, out=self._rest[: len(values)])

    def _values(self, raw: Any, kind: Kind, room: Any) -> Any:
        """float64, or complex128, of the elements."""
        raw = numbers(raw, kind, self._bits)
        if raw.dtype.kind == 'c':
            return raw.astype('c16')
        values = room[: len(raw)]
        np.copyto(values, raw)
        return values


def _measure_rest(a: Any, b: Any, equal: bool) -> Sums:
    """The same where something is not finite, or so large that its square is not."""
    bad_one, bad_other = ~np.isfinite(a), ~np.isfinite(b)
    good = ~(bad_one | bad_other)
    a, b = a[good], b[good]
    counts = int(bad_one.sum()), int(bad_other.sum())
    if not len(a):
        return Sums(equal, bad_one=counts[0], bad_other=counts[1])
    difference = np.abs(a - b)
    return Sums(
        equal,
        float(difference.max()),
        len(a),
        float(difference.sum()),
        float(np.abs(a).sum()),
        _dot(difference, difference),
        _dot(a, a),
        _dot(b, b),
        _dot(a, b),
        *counts,
    )


def _dot(one: Any, other: Any) -> float:
    """Sum of Re(x conj(y))."""
    parts = [x.view('f8') if x.dtype.kind == 'c' else x for x in (one, other)]
    return float(np.dot(*parts))


def _wide_difference(one: Any, other: Any) -> Any:
    """|a - b| of 64-bit integers: exact until the last step, which gives float64."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    return (high.astype('u8') - low.astype('u8')).astype('f8')  # wraps around to the right value


def equal_bits(arrays: List[Any], kinds: List[Kind]) -> bool:
    """Two arrays as `elements` gives them have one dtype, and the same bytes in one order."""
    same_type = kinds[0].dtype == kinds[1].dtype
    same_kind = same_type and (kinds[0].order == kinds[1].order or kinds[0].width == 1)
    return same_kind and bool(np.array_equal(*(one.view('u1') for one in arrays)))


# NaN, Inf and all-zero tensors: every value of a table, read in blocks.


class _Counts(NamedTuple):
    nan: int
    inf: int
    zero: bool


def measure_health(
    tensors: Sequence[TensorSpec], source: OpenFile
) -> Tuple[Tuple[TensorHealth, ...], Tuple[str, ...]]:
    """Return (health of every tensor that could be read, keys of those that could not).

    Tensors without elements are left out of both.

    Raises:
        CorruptCheckpointError, LimitExceededError: as `streams.run_over`.
    """
    readable: List[TensorSpec] = []
    unread: List[str] = []
    for spec in filter(lambda spec: spec.count, tensors):
        if spec.dtype in VIEWS and spec.is_stored:
            readable.append(spec)
        else:
            unread.append(spec.key)
    counts = run_over([(spec,) for spec in readable], (source,), lambda _: _count, _joined)
    found = tuple(
        TensorHealth(spec.key, spec.count, one.nan * times, one.inf * times, one.zero)
        for spec, one, times in zip(readable, counts, [repeats((spec,)) for spec in readable])
    )
    return found, tuple(unread)


def _count(arrays: List[Any], kinds: List[Kind]) -> _Counts:
    values = numbers(arrays[0], kinds[0])
    zero, kind = not values.any(), values.dtype.kind
    if kind not in 'fc' or zero:
        return _Counts(0, 0, zero)
    with np.errstate(all='ignore'):
        if np.isfinite(values.sum(dtype='c16' if kind == 'c' else 'f8')):
            return _Counts(0, 0, zero)  # one NaN or Inf would have shown
    return _Counts(int(np.isnan(values).sum()), int(np.isinf(values).sum()), zero)


def _joined(one: _Counts, more: _Counts) -> _Counts:
    return _Counts(one.nan + more.nan, one.inf + more.inf, one.zero and more.zero)
