"""All keys of a page, folded as in the terminal and opened down to single ones."""

from __future__ import annotations

from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.compare.key_endings import Ending, fold_endings
from basicsr_weightcheck.compare.key_groups import group_keys
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, shape
from basicsr_weightcheck.report.html.view import KeyRow, KeyTable
from basicsr_weightcheck.report.table_names import shapes_text

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
