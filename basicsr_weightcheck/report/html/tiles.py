"""A network as a treemap: what each rectangle tells, and the legend that says the same."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, whole_shares
from basicsr_weightcheck.report.html.treemap import Leaf, Rectangle, lay_out
from basicsr_weightcheck.report.html.view import Mark, StateRow, Treemap
from basicsr_weightcheck.report.table_names import heads

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
