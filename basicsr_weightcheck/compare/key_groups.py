"""Fold numbered keys into rows that never hide a different shape and never imply other keys."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from math import prod
from typing import Dict, List, Optional, Sequence, Tuple

from basicsr_weightcheck.records.names import Shape, Shapes, natural
from basicsr_weightcheck.records.outcomes import KeyGroup

_NUMBER = re.compile(r'(?<![^.])\d+(?![^.])')  # a whole part of the name, not the 1 of level1


def group_keys(keys: Sequence[str], expected: Shapes, found: Shapes) -> Tuple[KeyGroup, ...]:
    """Return rows in natural order of their first key; together they hold every key once."""
    buckets: Dict[Tuple[str, Optional[Shape], Optional[Shape]], List[str]] = {}
    for key in sorted(keys, key=natural):
        bucket = (_NUMBER.sub('#', key), expected.get(key), found.get(key))
        buckets.setdefault(bucket, []).append(key)
    rows = []
    for (_, want, have), members in buckets.items():
        rows += [KeyGroup(pattern, part, want, have) for pattern, part in _patterns(members)]
    return tuple(sorted(rows, key=lambda row: natural(row.keys[0])))


def by_module(keys: Sequence[str]) -> Tuple[Tuple[str, int], ...]:
    """(module, number of its keys) in the order of the keys.

    A module is named down to where the names part: 'generator.spynet', not 'generator'.
    """
    parts = [key.split('.') for key in keys]
    depth = 1
    while parts and all(one[:depth] == parts[0][:depth] and len(one) > depth + 1 for one in parts):
        depth += 1
    return tuple(Counter('.'.join(one[:depth]) for one in parts).items())


def _patterns(keys: List[str]) -> List[Tuple[str, Tuple[str, ...]]]:
    """Split keys of one form until the index sets are really a product."""
    numbers = [tuple(int(n) for n in _NUMBER.findall(key)) for key in keys]
    columns = [sorted(set(column)) for column in zip(*numbers)]
    sizes = [len(column) for column in columns]
    # {0..3}.{0,1} stands for eight names; where there are seven, one row would tell of a name that
    # is not there.
    if prod(sizes) == len(keys):
        return [(_fill(keys[0], columns), tuple(keys))]
    at = next(i for i, size in enumerate(sizes) if size > 1)  # the outermost number that varies
    parts: Dict[int, List[str]] = {}
    for key, row in zip(keys, numbers):
        parts.setdefault(row[at], []).append(key)
    return list(chain.from_iterable(map(_patterns, parts.values())))


def _fill(key: str, columns: List[List[int]]) -> str:
    texts = iter([_index_set(column) for column in columns])
    return _NUMBER.sub(lambda _: next(texts), key)


def _index_set(values: List[int]) -> str:
    if len(values) == 1:
        return str(values[0])
    if len(values) > 2 and values[-1] - values[0] == len(values) - 1:
        return f'{{{values[0]}..{values[-1]}}}'
    return '{' + ','.join(map(str, values)) + '}'
