"""NaN, Inf and all-zero tensors: every value of a table, read in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, NamedTuple, Sequence, Tuple

from basicsr_weightcheck.compare.streams import OpenFile, run_over
from basicsr_weightcheck.records.comparisons import TensorHealth
from basicsr_weightcheck.records.tensors import TensorSpec

if TYPE_CHECKING:
    from basicsr_weightcheck.compare.arrays import Kind


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
    from basicsr_weightcheck.compare.arrays import VIEWS

    readable: List[TensorSpec] = []
    unread: List[str] = []
    for spec in filter(lambda spec: spec.count, tensors):
        if spec.dtype in VIEWS and spec.is_stored:
            readable.append(spec)
        else:
            unread.append(spec.key)
    counts = run_over([(spec,) for spec in readable], (source,), lambda _: _count, _merged)
    found = tuple(
        TensorHealth(spec.key, spec.count, one.nan, one.inf, one.zero)
        for spec, one in zip(readable, counts)
    )
    return found, tuple(unread)


def _count(arrays: List[Any], kinds: List[Kind]) -> _Counts:
    import numpy as np

    from basicsr_weightcheck.compare.arrays import numbers

    values = numbers(arrays[0], kinds[0])
    zero, kind = not values.any(), values.dtype.kind
    if kind not in 'fc' or zero:
        return _Counts(0, 0, zero)
    with np.errstate(all='ignore'):
        if np.isfinite(values.sum(dtype='c16' if kind == 'c' else 'f8')):
            return _Counts(0, 0, zero)  # one NaN or Inf would have shown
    return _Counts(int(np.isnan(values).sum()), int(np.isinf(values).sum()), zero)


def _merged(one: _Counts, more: _Counts) -> _Counts:
    return _Counts(one.nan + more.nan, one.inf + more.inf, one.zero and more.zero)
