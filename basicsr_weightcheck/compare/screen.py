"""Tell the tensors that a page will not show from those that it may, in half of the passes.

A page shows the largest differences with all their numbers; of the others it only says in which
state they are and whether they stand at right angles. Bounds are enough for that.
"""

from __future__ import annotations

import threading
from typing import Dict, List, Optional, Sequence

from basicsr_weightcheck.compare import streams
from basicsr_weightcheck.compare.extents import Extent, Part, Ruler, merged, parts
from basicsr_weightcheck.compare.streams import Group, Source, batched, refuse_outside
from basicsr_weightcheck.compare.threads import in_threads
from basicsr_weightcheck.records.comparisons import (
    DIFFERENT,
    IDENTICAL,
    RIGHT_ANGLE,
    TINY,
    UNRELATED_ELEMENTS,
    ValueDifference,
)

FLOAT = 'float32'


def screen(
    groups: Sequence[Group], sources: Sequence[Source], tolerance: float, shown: int, workers: int
) -> Dict[int, ValueDifference]:
    """Return {index of a group: its state alone} of those that are surely not shown.

    Identical tensors are never shown, and told here where the container has no checksums.

    Rounding in float32 keeps order, so the bounds hold; where they do not decide, and for other
    dtypes and layouts, nothing is returned and all has to be measured.

    Args:
        groups: pairs of tensors, as for `run_over`.
        sources, workers: as for `run_over`.
        tolerance: a largest difference below it is 'tiny'.
        shown: how many of the largest differences need their numbers.

    Raises:
        CorruptCheckpointError, LimitExceededError: as `run_over`.
    """
    if any(source.order != '<' for source in sources):
        return {}
    simple = [
        index
        for index, pair in enumerate(groups)
        if all(one.dtype == FLOAT and one.stride is None for one in pair)
    ]
    if len(simple) <= shown:
        return {}
    extents = _extents({index: groups[index] for index in simple}, sources, workers)
    known = {index: _known(groups[index], one, tolerance) for index, one in extents.items()}
    sure = {index: value for index, value in known.items() if value is not None}
    differing = [extents[index].least for index, value in sure.items() if value.state != IDENTICAL]
    floor = sorted(differing, reverse=True)[shown - 1] if len(differing) > shown else 0.0
    return {
        index: value
        for index, value in sure.items()
        if value.state == IDENTICAL or extents[index].most < floor
    }


def _extents(
    pairs: Dict[int, Group], sources: Sequence[Source], workers: int
) -> Dict[int, Extent]:
    """{index: extent} of the pairs that have one."""
    todo: List[Part] = []
    for index, pair in pairs.items():
        for spec, source in zip(pair, sources):
            refuse_outside(spec, source)
        todo += parts(index, pair, streams.BATCH_ELEMENTS)
    local = threading.local()

    def run(batch: List[Part]) -> List[Extent]:
        if not hasattr(local, 'ruler'):
            local.ruler = Ruler(sources)
        found: List[Extent] = local.ruler.extents(batch)
        return found

    batches = list(batched(todo, lambda part: part.count))
    known: Dict[int, Optional[Extent]] = {}
    for batch, found in zip(batches, in_threads(run, batches, workers)):
        for part, extent in zip(batch, found):
            if part.pair in known:
                before = known[part.pair]
                known[part.pair] = before and merged(before, extent)
            else:
                known[part.pair] = extent
    return {index: extent for index, extent in known.items() if extent is not None}


def _known(pair: Group, extent: Extent, tolerance: float) -> Optional[ValueDifference]:
    """The tensor's state, None where the bounds leave a doubt."""
    if extent.equal_bits:
        return ValueDifference(pair[0].key, extent.count, IDENTICAL, 'bytes')
    if not extent.is_sound or not extent.largest or extent.least < tolerance <= extent.most:
        return None
    across = None
    if extent.count > UNRELATED_ELEMENTS:
        if extent.is_near:
            across = False
        else:
            cosine, error = extent.cosine()
            if abs(cosine - RIGHT_ANGLE) <= error:
                return None
            across = cosine < RIGHT_ANGLE
    state = TINY if extent.most < tolerance else DIFFERENT
    return ValueDifference(pair[0].key, extent.count, state, across=across)
