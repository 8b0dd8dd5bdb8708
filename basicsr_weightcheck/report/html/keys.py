"""Tensors on an HTML page: a treemap with its legend, a table that opens down to single keys."""

from __future__ import annotations

from typing import Dict, Iterable, Iterator, List, Sequence, Set, Tuple

from basicsr_weightcheck.compare.key_names import Ending, fold_endings, group_keys
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, shape, whole_shares
from basicsr_weightcheck.report.html.blocks import Box, Entry, KeyRow, Keys, Mark, Treemap
from basicsr_weightcheck.report.page import Cell, Table
from basicsr_weightcheck.report.table_names import heads, shapes_text

SHAPES = 3  # different shapes of folded keys that are named
NAMED = 4  # of several small tensors in one rectangle, so many are named


def key_table(
    entries: Sequence[Entry],
    states: Dict[str, str],
    shapes: Tuple[str, ...],
    more: Tuple[str, ...],
    lang: str,
) -> Keys:
    """The table of all keys, in the order of the states.

    Args:
        entries: one for each key.
        states: {state: its words}; those without a key are left out.
        shapes: heads of their columns; with one of them the found shape is left out.
        more: heads of the columns behind the elements.
    """
    by_state: Dict[str, List[Entry]] = {state: [] for state in states}
    for entry in entries:
        by_state[entry.state].append(entry)
    by_state = {state: members for state, members in by_state.items() if members}
    columns = (*shapes, label('col-elements', lang), *more)
    return Keys(
        columns=columns,
        right=tuple(range(len(shapes), len(columns))),
        filters=tuple((one, states[one], count(len(its))) for one, its in by_state.items()),
        rows=tuple(
            row for one, its in by_state.items() for row in _rows(its, states[one], len(shapes))
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


def treemap(
    tensors: Sequence[Entry], states: Dict[str, str], title: str, note: str, lang: str
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
    tiles = tuple(_tile(one, states, lang) for one in rectangles)
    return Treemap(title, note, tiles, boxes, legend(tensors, states, lang))


def legend(tensors: Sequence[Entry], states: Dict[str, str], lang: str) -> Table:
    """What each state takes of the network."""
    total = sum(one.elements for one in tensors) or 1
    sizes: Dict[str, List[int]] = {state: [] for state in states}
    for one in tensors:
        sizes[one.state].append(one.elements)
    present = {state: numbers for state, numbers in sizes.items() if numbers}
    parts = [sum(numbers) / total for numbers in present.values()]
    rows = tuple(
        (
            Cell(states[state], state=state),
            count(len(numbers)),
            count(sum(numbers)),
            Cell(text, state=state, bar=part),
        )
        for (state, numbers), text, part in zip(present.items(), whole_shares(parts), parts)
    )
    head = heads(lang, 'state', 'tensors', 'elements-n', 'share')
    return Table(head, rows, (1, 2, 3), kind='legend')


def _tile(place: Rectangle, states: Dict[str, str], lang: str) -> Mark:
    """What a rectangle tells: its tensor, or how many small ones share it."""
    area, members = place
    first = members[0]
    elements = label('html-elements', lang, count=count(sum(one.elements for one in members)))
    parts = [states[first.state], elements]
    if len(members) == 1:
        # Both shapes, where they differ: '(64, 3) / (48, 3)'.
        sides = dict.fromkeys(side for side in (first.expected, first.found) if side is not None)
        shapes = ' / '.join(map(shape, sides))
        parts = [first.key, ' '.join(filter(None, (shapes, first.note))), *parts]
    else:
        names = ', '.join(one.key for one in members[:NAMED])
        names += ' …' if len(members) > NAMED else ''
        parts = [label('html-small', lang, count=count(len(members)), names=names), *parts]
    text = ' · '.join(part for part in parts if part)
    x, y, width, height = (round(side, 1) for side in area)
    return Mark(x, y, width, height, first.state, text, first.key)


# Where the rectangles of a treemap lie: modules inside modules, area in proportion to elements.

WIDTH, HEIGHT = 1000.0, 500.0  # of the canvas
SMALLEST = 12.0  # area of the canvas below which a tensor shares a rectangle with its neighbours
SMALLEST_MODULE = 300.0  # area below which modules share one rectangle
OTHERS = '…'
MOST = 1200  # rectangles of single tensors; more cannot be told apart and make a heavy page
LEVELS = 2  # parts of the names that make modules of their own
GAPS = (3.0, 1.0)  # around the modules of each level
TITLE = 15.0  # height of a module's name
NARROWEST = (46.0, 34.0)  # width and height from which a module of the first level gets its name


Area = Tuple[float, float, float, float]  # x, y, width, height
# Where one tensor lies, or several small ones of one module and one state.
Rectangle = Tuple[Area, Tuple[Entry, ...]]


def lay_out(leaves: Sequence[Entry]) -> Tuple[Tuple[Rectangle, ...], Tuple[Box, ...]]:
    """Return the rectangles, and the modules of the first level that have room for their names.

    Leaves without elements are left out.

    Raises:
        ImportError: squarify is missing.
    """
    drawn = [leaf for leaf in leaves if leaf.elements]
    total = sum(leaf.elements for leaf in drawn)
    if not total:
        return (), ()
    ranked = sorted(drawn, key=lambda leaf: -leaf.elements)[:MOST]
    single = {one.key for one in ranked if one.elements * WIDTH * HEIGHT / total >= SMALLEST}
    boxes: List[Box] = []
    rectangles = tuple(_fill(drawn, (0.0, 0.0, WIDTH, HEIGHT), 0, '', single, boxes))
    return rectangles, tuple(boxes)


def _fill(
    leaves: Sequence[Entry], area: Area, level: int, module: str, single: Set[str], boxes: List[Box]
) -> Iterator[Rectangle]:
    """The rectangles of one module; modules inside it are filled in turn."""
    if level == LEVELS:
        bundles = _bundles(leaves, single)
        for bundle, place in _placed(bundles, area):
            yield place, tuple(bundle)
        return
    parts = _parts(leaves, module, area)
    for members, place in _placed(list(parts.values()), area):
        name = next(key for key, value in parts.items() if value is members)
        inner = _shrunk(place, GAPS[level])
        if level == 0:
            titled = inner[2] >= NARROWEST[0] and inner[3] >= NARROWEST[1]
            if titled:
                boxes.append(Box(*inner, name))
                inner = (inner[0], inner[1] + TITLE, inner[2], inner[3] - TITLE)
        yield from _fill(
            members, inner, LEVELS if name == OTHERS else level + 1, name, single, boxes
        )


def _parts(leaves: Sequence[Entry], module: str, area: Area) -> Dict[str, List[Entry]]:
    """Leaves by the next part of their names; modules too small to be seen are one."""
    parts: Dict[str, List[Entry]] = {}
    for leaf in leaves:
        rest = leaf.key[len(module) + 1 :] if module else leaf.key
        name = rest.partition('.')[0]
        parts.setdefault(f'{module}.{name}' if module else name, []).append(leaf)
    least = SMALLEST_MODULE * _size(leaves) / max(area[2] * area[3], 1.0)
    small = [name for name, members in parts.items() if _size(members) < least]
    if len(small) > 1:
        parts[OTHERS] = [leaf for name in small for leaf in parts.pop(name)]
    return parts


def _bundles(leaves: Sequence[Entry], single: Set[str]) -> List[List[Entry]]:
    """Tensors of their own, and the small ones by state: no state hides another."""
    bundles: List[List[Entry]] = []
    small: Dict[str, List[Entry]] = {}
    for leaf in leaves:
        if leaf.key in single:
            bundles.append([leaf])
        else:
            small.setdefault(leaf.state, []).append(leaf)
    return bundles + list(small.values())


def _placed(bundles: List[List[Entry]], area: Area) -> Iterator[Tuple[List[Entry], Area]]:
    """Each bundle with its part of the area, largest first."""
    import squarify

    ranked = sorted(bundles, key=_size, reverse=True)
    x, y, width, height = area
    sizes = squarify.normalize_sizes([_size(bundle) for bundle in ranked], width, height)
    for bundle, place in zip(ranked, squarify.squarify(sizes, x, y, width, height)):
        yield bundle, (place['x'], place['y'], place['dx'], place['dy'])


def _size(bundle: Iterable[Entry]) -> int:
    return sum(leaf.elements for leaf in bundle)


def _shrunk(area: Area, gap: float) -> Area:
    """The area without the gap around it; a small one keeps at least half of its sides."""
    x, y, width, height = area
    across, down = min(gap, width / 2), min(gap, height / 2)
    return (x + across / 2, y + down / 2, width - across, height - down)
