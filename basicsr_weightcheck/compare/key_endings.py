"""Fold groups of keys once more, over the levels of a network: '*.attn.mdc_q.weight'."""

from __future__ import annotations

import re
from math import prod
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.records.names import Shape
from basicsr_weightcheck.records.outcomes import KeyGroup

_ENDING = re.compile(r'^.*(?:^|\.)(?:\d+|\{[^}]*\})\.')  # up to the last number of the pattern


class Ending(NamedTuple):
    """All keys of one ending.

    Attributes:
        pattern: '*.attn.mdc_q.weight', or the pattern of the only group.
        keys: the keys, in the order of their groups.
        expected, found: the different shapes, smallest first, () where a side has none.
    """

    pattern: str
    keys: Tuple[str, ...]
    expected: Tuple[Shape, ...]
    found: Tuple[Shape, ...]

    @property
    def count(self) -> int:  # type: ignore[override]  # hides tuple.count
        """Number of keys."""
        return len(self.keys)


def fold_endings(groups: Sequence[KeyGroup]) -> Tuple[Ending, ...]:
    """Rows for people, most keys first; together they count every key once."""
    buckets: Dict[str, List[KeyGroup]] = {}
    for group in groups:
        buckets.setdefault(_ENDING.sub('*.', group.pattern), []).append(group)
    rows = []
    for ending, members in buckets.items():
        rows.append(
            Ending(
                ending if len(members) > 1 else members[0].pattern,
                tuple(key for group in members for key in group.keys),
                _shapes(g.expected for g in members),
                _shapes(g.found for g in members),
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.count))


def _shapes(shapes: Iterable[Optional[Shape]]) -> Tuple[Shape, ...]:
    different = {shape for shape in shapes if shape is not None}
    return tuple(sorted(different, key=lambda shape: (prod(shape), shape)))
