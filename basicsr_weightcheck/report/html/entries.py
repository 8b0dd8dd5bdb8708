"""All keys of a page: tiles of the treemap, and rows that open down to single keys."""

from __future__ import annotations

from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.compare.key_names import Ending, fold_endings, group_keys
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, shape, whole_shares
from basicsr_weightcheck.report.html.treemap import Leaf, Rectangle, lay_out
from basicsr_weightcheck.report.html.view import KeyRow, KeyTable, Mark, StateRow, Treemap
from basicsr_weightcheck.report.table_names import heads, shapes_text

SHAPES = 3  # different shapes of folded keys that are named
Shape = Tuple[int, ...]


class Entry(NamedTuple):
    """One key.

    Attributes:
        key: its name.
        state: as in the filters.
        expected, found: its shapes on the two sides, None where a side does not have it.
        elements: of the side that counts.
        texts: cells behind those of the shapes and the elements.
        worst: orders `texts` of folded keys: those of the largest are shown.
    """

    key: str
    state: str
    expected: Optional[Shape]
    found: Optional[Shape]
    elements: int
    texts: Tuple[str, ...] = ()
    worst: float = 0.0

    @property
    def shapes(self) -> str:
        """Both as text, where they differ: '(64, 3) / (48, 3)'."""
        sides = dict.fromkeys(side for side in (self.expected, self.found) if side is not None)
        return ' / '.join(map(shape, sides))


class Columns(NamedTuple):
    """Heads behind key and state: those of the shapes (one or two), then more of them."""

    shapes: Tuple[str, ...]
    more: Tuple[str, ...] = ()


def key_table(
    entries: Sequence[Entry], states: Dict[str, str], columns: Columns, lang: str
) -> KeyTable:
    """The table of all keys, in the order of the states.

    Args:
        entries: one for each key.
        states: {state: its words}; those without a key are left out.
        columns: with one shape column the found shape is left out.
    """
    by_state: Dict[str, List[Entry]] = {state: [] for state in states}
    for entry in entries:
        by_state[entry.state].append(entry)
    heads = (*columns.shapes, label('col-elements', lang), *columns.more)
    return KeyTable(
        columns=heads,
        right=tuple(range(len(columns.shapes), len(heads))),
        filters=tuple(
            (state, states[state], count(len(members)))
            for state, members in by_state.items()
            if members
        ),
        rows=tuple(
            row
            for state, members in by_state.items()
            for row in _rows(members, states[state], len(columns.shapes))
        ),
    )


def _rows(members: Sequence[Entry], state_name: str, sides: int) -> Iterator[KeyRow]:
    entries = {entry.key: entry for entry in members}
    expected = {entry.key: entry.expected for entry in members if entry.expected is not None}
    found = {entry.key: entry.found for entry in members if entry.found is not None}
    for ending in fold_endings(group_keys(tuple(entries), expected, found)):
        own = [entries[key] for key in ending.keys]
        yield KeyRow(
            state=own[0].state,
            state_name=state_name,
            pattern=ending.pattern,
            times=count(len(own)) if len(own) > 1 else '',
            cells=_folded(ending, own, sides),
            keys=tuple((entry.key, *_cells(entry, sides)) for entry in own),
        )


def _folded(ending: Ending, own: Sequence[Entry], sides: int) -> Tuple[str, ...]:
    worst = max(own, key=lambda entry: entry.worst)
    shapes = [shapes_text(one, SHAPES) or '–' for one in (ending.expected, ending.found)[:sides]]
    return (*shapes, count(sum(entry.elements for entry in own)), *worst.texts)


def _cells(entry: Entry, sides: int) -> Tuple[str, ...]:
    shapes = [
        shape(side) if side is not None else '–' for side in (entry.expected, entry.found)[:sides]
    ]
    return (*shapes, count(entry.elements), *entry.texts)


# A network as a treemap: what each rectangle tells, and the legend that says the same.

NAMED = 4  # of several small tensors, so many are named


def treemap(
    tensors: Sequence[Leaf], states: Dict[str, str], title: str, note: str, lang: str
) -> Treemap:
    """The treemap of a network.

    Args:
        tensors: in the order of the network.
        states: {state: its words}, in the order of the legend; those without a tensor are left out.
        title, note: above it.

    Raises:
        ImportError: squarify is missing; pages ask `require_html` before.
    """
    rectangles, boxes = lay_out(tensors)
    return Treemap(
        title=title,
        note=note,
        tiles=tuple(_tile(one, states, lang) for one in rectangles),
        frames=tuple(box for box in boxes if box.titled),
        state_rows=state_rows(tensors, states),
        head=heads(lang, 'state', 'tensors', 'elements-n', 'share'),
    )


def state_rows(tensors: Sequence[Leaf], states: Dict[str, str]) -> Tuple[StateRow, ...]:
    """What each state takes of the network."""
    total = sum(one.elements for one in tensors) or 1
    sizes: Dict[str, List[int]] = {state: [] for state in states}
    for one in tensors:
        sizes[one.state].append(one.elements)
    present = {state: numbers for state, numbers in sizes.items() if numbers}
    fractions = [sum(numbers) / total for numbers in present.values()]
    return tuple(
        StateRow(state, states[state], count(len(numbers)), count(sum(numbers)), text, part)
        for (state, numbers), text, part in zip(present.items(), whole_shares(fractions), fractions)
    )


def _tile(place: Rectangle, states: Dict[str, str], lang: str) -> Mark:
    first = place.leaves[0]
    elements = label('html-elements', lang, count=count(sum(one.elements for one in place.leaves)))
    parts = [states[first.state], elements]
    if len(place.leaves) == 1:
        parts = [first.key, first.shapes, *parts]
    else:
        names = ', '.join(one.key for one in place.leaves[:NAMED])
        names += ' …' if len(place.leaves) > NAMED else ''
        parts = [label('html-small', lang, count=count(len(place.leaves)), names=names), *parts]
    text = ' · '.join(part for part in parts if part)
    x, y, width, height = (round(side, 1) for side in place[:4])
    return Mark(x, y, width, height, first.state, text, first.key)
