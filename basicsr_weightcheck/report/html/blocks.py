"""What only an HTML page shows, as plain data: texts, numbers to draw with, styles and states."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from basicsr_weightcheck.records.names import Shape
from basicsr_weightcheck.report.page import Table


class NamedValues(NamedTuple):
    """Names and values, in two columns."""

    rows: Tuple[Tuple[str, str], ...]


class FindingItem(NamedTuple):
    """A finding in words; `style` is its severity's."""

    style: str
    severity: str
    code: str
    title: str
    place: str
    message: str
    todo: str


class Findings(NamedTuple):
    """Errors first."""

    items: Tuple[FindingItem, ...]


class Entry(NamedTuple):
    """One key.

    Attributes:
        state: as in the filters.
        expected, found: its shapes on the two sides, None where a side does not have it.
        elements: of the side that counts.
        texts: cells behind those of the shapes and the elements.
        worst: orders `texts` of folded keys: those of the largest are shown.
        note: what its rectangle tells beside the shapes.
    """

    key: str
    state: str
    expected: Optional[Shape]
    found: Optional[Shape]
    elements: int
    texts: Tuple[str, ...] = ()
    worst: float = 0.0
    note: str = ''


class KeyRow(NamedTuple):
    """Folded keys of one state: cells of the group, and of each key (key first)."""

    state: str
    state_name: str
    pattern: str
    times: str
    cells: Tuple[str, ...]
    keys: Tuple[Tuple[str, ...], ...]


class Keys(NamedTuple):
    """All keys, folded; `right` are columns of numbers, counted behind key and state.

    `filters` are the buttons that show one state only: (state, its words, number of keys).
    """

    columns: Tuple[str, ...]
    right: Tuple[int, ...]
    filters: Tuple[Tuple[str, str, str], ...]
    rows: Tuple[KeyRow, ...]


class Mark(NamedTuple):
    """A rectangle of a treemap, a point or a bar of a chart: place on its canvas, state, what it
    tells, and the text that is searched for where it is chosen (of a bar what stands above it)."""

    x: float
    y: float
    width: float
    height: float
    state: str
    text: str
    search: str


class Box(NamedTuple):
    """A module in a treemap that has its name on top."""

    x: float
    y: float
    width: float
    height: float
    name: str


class Treemap(NamedTuple):
    """Area is elements, colour is state, on a canvas of 1000 x 500; `frames` are the modules.

    `legend` says the same in numbers.
    """

    title: str
    note: str
    tiles: Tuple[Mark, ...]
    frames: Tuple[Box, ...]
    legend: Table


class Chart(NamedTuple):
    """Points ('dots') or bars on a canvas; units of both are those of the SVG.

    `rows` and `columns` are lines across it: (place, words at its end).
    """

    title: str
    shape: str
    width: float
    height: float
    marks: Tuple[Mark, ...]
    rows: Tuple[Tuple[float, str], ...]
    columns: Tuple[Tuple[float, str], ...]
    legend: Tuple[Tuple[str, str], ...]
    x_title: str
    y_title: str


class Pictures(NamedTuple):
    """Pictures side by side: (words, number, the bytes of a PNG in base64)."""

    title: str
    shown: Tuple[Tuple[str, str, str], ...]
