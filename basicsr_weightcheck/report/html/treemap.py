"""Where the rectangles of a treemap lie: modules inside modules, area in proportion to elements."""

from __future__ import annotations

from typing import Dict, Iterable, Iterator, List, NamedTuple, Sequence, Set, Tuple

WIDTH, HEIGHT = 1000.0, 500.0  # of the canvas
SMALLEST = 12.0  # area of the canvas below which a tensor shares a rectangle with its neighbours
SMALLEST_MODULE = 300.0  # area below which modules share one rectangle
OTHERS = '…'
MOST = 1200  # rectangles of single tensors; more cannot be told apart and make a heavy page
LEVELS = 2  # parts of the names that make modules of their own
GAPS = (3.0, 1.0)  # around the modules of each level
TITLE = 15.0  # height of a module's name
NARROWEST = (46.0, 34.0)  # width and height from which a module of the first level gets its name


class Leaf(NamedTuple):
    """A tensor to draw: name, state, number of elements, its shapes as text."""

    key: str
    state: str
    elements: int
    shapes: str = ''


class Rectangle(NamedTuple):
    """One tensor, or several small ones of one module and one state."""

    x: float
    y: float
    width: float
    height: float
    leaves: Tuple[Leaf, ...]


class Box(NamedTuple):
    """A module of the first level. `titled`: there is room for its name on top."""

    x: float
    y: float
    width: float
    height: float
    name: str
    titled: bool


Area = Tuple[float, float, float, float]


def lay_out(leaves: Sequence[Leaf]) -> Tuple[Tuple[Rectangle, ...], Tuple[Box, ...]]:
    """Return the rectangles, and the modules of the first level around them.

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
    leaves: Sequence[Leaf], area: Area, level: int, module: str, single: Set[str], boxes: List[Box]
) -> Iterator[Rectangle]:
    """The rectangles of one module; modules inside it are filled in turn."""
    if level == LEVELS:
        bundles = _bundles(leaves, single)
        for bundle, place in _placed(bundles, area):
            yield Rectangle(*place, tuple(bundle))
        return
    parts = _parts(leaves, module, area)
    for members, place in _placed(list(parts.values()), area):
        name = next(key for key, value in parts.items() if value is members)
        inner = _shrunk(place, GAPS[level])
        if level == 0:
            titled = inner[2] >= NARROWEST[0] and inner[3] >= NARROWEST[1]
            boxes.append(Box(*inner, name, titled))
            if titled:
                inner = (inner[0], inner[1] + TITLE, inner[2], inner[3] - TITLE)
        yield from _fill(
            members, inner, LEVELS if name == OTHERS else level + 1, name, single, boxes
        )


def _parts(leaves: Sequence[Leaf], module: str, area: Area) -> Dict[str, List[Leaf]]:
    """Leaves by the next part of their names; modules too small to be seen are one."""
    parts: Dict[str, List[Leaf]] = {}
    for leaf in leaves:
        rest = leaf.key[len(module) + 1 :] if module else leaf.key
        name = rest.partition('.')[0]
        parts.setdefault(f'{module}.{name}' if module else name, []).append(leaf)
    least = SMALLEST_MODULE * _size(leaves) / max(area[2] * area[3], 1.0)
    small = [name for name, members in parts.items() if _size(members) < least]
    if len(small) > 1:
        parts[OTHERS] = [leaf for name in small for leaf in parts.pop(name)]
    return parts


def _bundles(leaves: Sequence[Leaf], single: Set[str]) -> List[List[Leaf]]:
    """Tensors of their own, and the small ones by state: no state hides another."""
    bundles: List[List[Leaf]] = []
    small: Dict[str, List[Leaf]] = {}
    for leaf in leaves:
        if leaf.key in single:
            bundles.append([leaf])
        else:
            small.setdefault(leaf.state, []).append(leaf)
    return bundles + list(small.values())


def _placed(bundles: List[List[Leaf]], area: Area) -> Iterator[Tuple[List[Leaf], Area]]:
    """Each bundle with its part of the area, largest first."""
    import squarify

    ranked = sorted(bundles, key=_size, reverse=True)
    x, y, width, height = area
    sizes = squarify.normalize_sizes([_size(bundle) for bundle in ranked], width, height)
    for bundle, place in zip(ranked, squarify.squarify(sizes, x, y, width, height)):
        yield bundle, (place['x'], place['y'], place['dx'], place['dy'])


def _size(bundle: Iterable[Leaf]) -> int:
    return sum(leaf.elements for leaf in bundle)


def _shrunk(area: Area, gap: float) -> Area:
    """The area without the gap around it; a small one keeps at least half of its sides."""
    x, y, width, height = area
    across, down = min(gap, width / 2), min(gap, height / 2)
    return (x + across / 2, y + down / 2, width - across, height - down)
