"""What the names of tensors show: groups, endings, and renamings that make more of them match."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from math import prod
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.records.comparisons import ModuleRow
from basicsr_weightcheck.records.names import Shape, Shapes, natural
from basicsr_weightcheck.records.tensors import KeyGroup, Rename, TensorSpec

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


# Fold groups of keys once more, over the levels of a network: '*.attn.mdc_q.weight'.

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


# Find the prefix that keeps names from matching, by the names themselves, not from a list.

MOST_TIES = 8  # prefixes that fit equally well; more is no wrapper


def prefix_rules(
    expected: Shapes, found: Shapes, cut: Optional[Shapes] = None
) -> Tuple[Rename, ...]:
    """Return the rules that make more keys match than none does, best first.

    A key of the file votes for a prefix when it ends with a name of the network that has the same
    shape. The prefix of a rule is the whole one, as it stands in the file.

    Args:
        expected, found: {key: shape}.
        cut: the same as `found` with the names that the loader makes of them: what it does itself
            is no rule. None where it takes names as they are.
    """
    cut = found if cut is None else cut
    rules = [Rename('prefix-strip', prefix, '', n) for prefix, n in _voted(found, expected)]
    rules += [Rename('prefix-add', '', prefix, n) for prefix, n in _voted(expected, cut)]
    plain = sum(cut.get(key) == shape for key, shape in expected.items())
    better = [rule for rule in rules if rule.matched > plain]
    return tuple(sorted(better, key=lambda rule: (-rule.matched, rule.kind)))


def is_convincing(rule: Rename, names: int, other_names: int) -> bool:
    """A rule under which at least half of the smaller side fits: less may be chance.

    Args:
        rule: one of `prefix_rules`.
        names, other_names: number of names of the two sides.
    """
    return rule.matched > 2 and 2 * rule.matched >= min(names, other_names)


def _voted(long: Shapes, short: Shapes) -> Iterator[Tuple[str, int]]:
    """(prefix, votes): by which most names of `long` turn into names of `short` of that shape.

    Several where a file holds the same network more than once (generator. and generator_ema.).
    """
    votes: Counter[str] = Counter()
    for key, shape in long.items():
        start = key.find('.') + 1
        while start > 0:
            if short.get(key[start:]) == shape:
                votes[key[:start]] += 1
            start = key.find('.', start) + 1
    most = max(votes.values(), default=0)
    ties = sorted(prefix for prefix, number in votes.items() if number == most)
    yield from ((prefix, most) for prefix in ties[:MOST_TIES])


# Tensors of one table by module.

# What torch.nn, BasicSR's archs and the usual profilers register as buffers.
BUFFER_NAMES = re.compile(
    r'(^|\.)(running_mean|running_var|num_batches_tracked|relative_position_index|'
    r'relative_coords_table|attn_mask|total_ops|total_params|initted|kernel_size_\w*)$'
)


def is_buffer(spec: TensorSpec) -> bool:
    """A guess: the file does not tell. Parameters are floating point in every network trained."""
    floating = spec.dtype.startswith(('float', 'bfloat', 'complex'))
    return not floating or bool(BUFFER_NAMES.search(spec.key))


def module_tree(tensors: Sequence[TensorSpec], depth: int) -> Tuple[ModuleRow, ...]:
    """Rows in file order, a module before what is in it.

    Args:
        depth: parts of the names that are told apart, at least 1.
    """
    rows: Dict[Tuple[str, ...], List[int]] = {}
    for spec in tensors:
        parts = tuple(spec.key.split('.'))
        for level in range(1, min(depth, len(parts)) + 1):
            row = rows.setdefault(parts[:level], [0, 0, 0])
            row[0] += 1
            row[2 if is_buffer(spec) else 1] += spec.count
    first = {parts: place for place, parts in enumerate(rows)}

    def place(parts: Tuple[str, ...]) -> Tuple[int, ...]:
        """Modules where they first appear, what is in them right behind."""
        return tuple(first[parts[:level]] for level in range(1, len(parts) + 1))

    return tuple(
        ModuleRow('.'.join(parts), len(parts), *rows[parts]) for parts in sorted(rows, key=place)
    )


def count_dtypes(tensors: Sequence[TensorSpec]) -> Tuple[Tuple[str, int, int], ...]:
    """(dtype, tensors, elements), most elements first."""
    numbers: Counter[str] = Counter(spec.dtype for spec in tensors)
    elements: Counter[str] = Counter()
    for spec in tensors:
        elements[spec.dtype] += spec.count
    names = sorted(numbers, key=lambda name: (-elements[name], name))
    return tuple((name, numbers[name], elements[name]) for name in names)


def tied_keys(tensors: Sequence[TensorSpec]) -> Tuple[Tuple[str, ...], ...]:
    """Groups of keys that show the same elements of the same storage."""
    groups: Dict[Tuple[object, ...], List[str]] = {}
    for spec in tensors:
        if spec.storage is not None and spec.count:
            place = (spec.storage, spec.storage_offset, spec.shape, spec.stride)
            groups.setdefault(place, []).append(spec.key)
    return tuple(tuple(keys) for keys in groups.values() if len(keys) > 1)
