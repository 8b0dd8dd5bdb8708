"""A network as a treemap: what each rectangle tells, and the legend that says the same."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, whole_shares
from basicsr_weightcheck.report.html.treemap import Leaf, Rectangle, lay_out
from basicsr_weightcheck.report.html.view import Frame, Share, Tile, Treemap

NAMED = 4  # of several small tensors, so many are named


class Tensor(NamedTuple):
    """A tensor to draw: name, state, number of elements, its shapes as text."""

    key: str
    state: str
    elements: int
    shapes: str


def treemap(
    tensors: Sequence[Tensor], states: Dict[str, str], title: str, note: str, lang: str
) -> Treemap:
    """The treemap of a network.

    Args:
        tensors: in the order of the network.
        states: {state: its words}, in the order of the legend; those without a tensor are left out.
        title, note: above it.
    """
    rectangles, boxes = lay_out([Leaf(one.key, one.state, one.elements) for one in tensors])
    shapes = {one.key: one.shapes for one in tensors}
    head = ('state', 'tensors', 'elements-n', 'share')
    return Treemap(
        title=title,
        note=note,
        tiles=tuple(_tile(one, shapes, states, lang) for one in rectangles),
        frames=tuple(
            Frame(box.x, box.y, box.width, box.height, box.name) for box in boxes if box.titled
        ),
        shares=shares(tensors, states),
        head=tuple(label(f'col-{name}', lang) for name in head),
    )


def shares(tensors: Sequence[Tensor], states: Dict[str, str]) -> Tuple[Share, ...]:
    """What each state takes of the network."""
    total = sum(one.elements for one in tensors) or 1
    sizes: Dict[str, List[int]] = {state: [] for state in states}
    for one in tensors:
        sizes[one.state].append(one.elements)
    present = [state for state in states if sizes[state]]
    fractions = [sum(sizes[state]) / total for state in present]
    return tuple(
        Share(state, states[state], count(len(sizes[state])), count(sum(sizes[state])), text, part)
        for state, text, part in zip(present, whole_shares(fractions), fractions)
    )


def _tile(place: Rectangle, shapes: Dict[str, str], states: Dict[str, str], lang: str) -> Tile:
    first = place.leaves[0]
    elements = label('html-elements', lang, count=count(sum(one.elements for one in place.leaves)))
    parts = [states[first.state], elements]
    if len(place.leaves) == 1:
        parts = [first.key, shapes[first.key], *parts]
    else:
        names = ', '.join(one.key for one in place.leaves[:NAMED])
        names += ' …' if len(place.leaves) > NAMED else ''
        parts = [label('html-small', lang, count=count(len(place.leaves)), names=names), *parts]
    text = ' · '.join(part for part in parts if part)
    box = (round(place.x, 1), round(place.y, 1), round(place.width, 1), round(place.height, 1))
    return Tile(*box, first.state, text, first.key)
