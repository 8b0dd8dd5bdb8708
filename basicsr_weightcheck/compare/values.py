"""Values of tensor pairs: settled by checksums where possible, otherwise read in pieces."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

from basicsr_weightcheck.compare.blocks import repeats
from basicsr_weightcheck.compare.seals import Seals, is_alike, is_sealed
from basicsr_weightcheck.compare.streams import OpenFile, run_over
from basicsr_weightcheck.records.comparisons import (
    CHECKSUM,
    DIFFERENT,
    IDENTICAL,
    NOT_FINITE,
    TINY,
    UNREAD,
    ValueDifference,
)
from basicsr_weightcheck.records.tensors import STORED_FORMS, TensorSpec

if TYPE_CHECKING:
    from basicsr_weightcheck.compare.measure import Sums

TensorPair = Tuple[TensorSpec, TensorSpec]
OpenFiles = Tuple[OpenFile, OpenFile]


def compare_values(
    pairs: Sequence[TensorPair],
    one: OpenFile,
    other: OpenFile,
    tolerance: float,
    exact: bool = False,
    shown: Optional[int] = None,
    seals: Optional[Seals] = None,
) -> Tuple[ValueDifference, ...]:
    """Return one entry for each pair, in their order.

    Args:
        pairs: tensors of equal shape; the key of the first names the pair.
        one, other: where their bytes come from.
        tolerance: a largest difference below it is 'tiny'.
        exact: read everything, trust no checksum.
        shown: how many of the largest differences get their numbers, of the others only the state
            is told; None for all.
        seals: what is known already because the storages were read.

    Raises:
        CorruptCheckpointError: a tensor reaches beyond its storage, or a file ends early.
        LimitExceededError: a tensor repeats its storage without measure.
    """
    sources = one, other
    results = [_settled(pair, sources, exact) for pair in pairs]
    for at in seals.same if seals is not None else ():
        spec = pairs[at][0]
        results[at] = results[at] or ValueDifference(spec.key, spec.count, IDENTICAL, 'bytes')
    waiting = _open(results)
    if shown is not None and len(waiting) > shown:
        from basicsr_weightcheck.compare.screen import screen

        groups = [pairs[at] for at in waiting]
        for at, value in screen(groups, sources, tolerance, shown).items():
            results[waiting[at]] = value
        waiting = _open(results)
    if waiting:  # else without numpy, which takes as long to import as to compare by checksums
        from basicsr_weightcheck.compare.measure import Meter, Sums

        groups = [pairs[at] for at in waiting]
        sums = run_over(groups, sources, lambda most: Meter(most).measure, Sums.merged)
        for at, measured in zip(waiting, sums):
            results[at] = _judged(pairs[at], measured, tolerance)
    return tuple(filter(None, results))


def _open(results: Sequence[Optional[ValueDifference]]) -> List[int]:
    """Indices of the pairs that have no result yet."""
    return [at for at, result in enumerate(results) if result is None]


def _settled(pair: TensorPair, sources: OpenFiles, exact: bool) -> Optional[ValueDifference]:
    """What is known without reading a tensor."""
    a, b = pair
    if a.dtype == b.dtype and not a.count:
        return ValueDifference(a.key, 0, IDENTICAL, 'empty')
    # Of other forms equal bytes need not be equal values.
    if a.storage is None or b.storage is None or a.form != b.form or a.form not in STORED_FORMS:
        return ValueDifference(a.key, a.count, UNREAD)
    places = a.storage.file_offset, b.storage.file_offset
    one_file = None not in places and sources[0].file == sources[1].file
    if one_file and places[0] == places[1] and is_alike(pair, sources):
        return ValueDifference(a.key, a.count, IDENTICAL, 'storage')
    if not exact and is_sealed(pair, sources):
        return ValueDifference(a.key, a.count, IDENTICAL, CHECKSUM)
    if None in places:
        return ValueDifference(a.key, a.count, UNREAD)
    return None if a.count else ValueDifference(a.key, 0, TINY, max_abs=0.0)


def _judged(pair: TensorPair, sums: Sums, tolerance: float) -> ValueDifference:
    spec, times = pair[0], repeats(pair)
    bad = sums.bad_one * times, sums.bad_other * times
    if sums.equal_bits:
        return ValueDifference(spec.key, spec.count, IDENTICAL, 'bytes', not_finite=bad)
    if sums.largest is None:
        state = NOT_FINITE if any(bad) else DIFFERENT
        return ValueDifference(spec.key, spec.count, state, not_finite=bad)
    # Numbers are told of what is finite on both sides, whatever the state.
    state = TINY if sums.largest < tolerance else DIFFERENT
    return ValueDifference(
        spec.key,
        spec.count,
        NOT_FINITE if any(bad) else state,
        max_abs=sums.largest,
        mean_abs=_finite(sums.absolute / sums.measured),
        relative=_ratio(sums.absolute, sums.absolute_one),
        relative_l2=_ratio(math.sqrt(sums.square), math.sqrt(sums.square_one)),
        cosine=_cosine(sums),
        not_finite=bad,
    )


def _ratio(part: float, whole: float) -> Optional[float]:
    return _finite(part / whole) if whole else None if part else 0.0


def _cosine(sums: Sums) -> Optional[float]:
    lengths = math.sqrt(sums.square_one) * math.sqrt(sums.square_other)
    if not lengths:  # two zero tensors point the same way; one of them has no direction
        return 1.0 if not sums.square_one and not sums.square_other else 0.0
    cosine = sums.product / lengths
    return max(-1.0, min(1.0, cosine)) if math.isfinite(lengths) and math.isfinite(cosine) else None


def _finite(value: float) -> Optional[float]:
    return value if math.isfinite(value) else None
