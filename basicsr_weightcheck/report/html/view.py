"""What a page shows, as plain data: texts, numbers to draw with, names of styles. No markup.

Styles: 'good', 'bad', 'warn', 'dim', ''. States name the colours of `palette`.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple, Union

from basicsr_weightcheck.report.html.treemap import Box
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.version import __version__


class Pair(NamedTuple):
    """A name and its value."""

    name: str
    value: str


class Pairs(NamedTuple):
    """Names and values, in two columns."""

    rows: Tuple[Pair, ...]


class Copyable(NamedTuple):
    """What is copied as it is: lines of (style, text), buttons of (words, what they copy)."""

    title: str
    lines: Tuple[Tuple[str, str], ...]
    copies: Tuple[Tuple[str, str], ...]


class StateRow(NamedTuple):
    """One state of a network: its words, counts as text, and part of the whole, 0 to 1."""

    state: str
    name: str
    tensors: str
    elements: str
    share: str
    fraction: float


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


class Treemap(NamedTuple):
    """Area is elements, colour is state, on a canvas of 1000 x 500; `frames` are the modules.

    `state_rows` is the legend and says the same in numbers.
    """

    title: str
    note: str
    tiles: Tuple[Mark, ...]
    frames: Tuple[Box, ...]
    state_rows: Tuple[StateRow, ...]
    head: Tuple[str, ...]


class OutcomeRow(NamedTuple):
    """What one call does: setting, words, who says so, the exception's text."""

    name: str
    style: str
    text: str
    by: str
    message: str


class Outcomes(NamedTuple):
    """The same load as it is, strict, and not strict."""

    head: Tuple[str, ...]
    rows: Tuple[OutcomeRow, ...]


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


class KeyRow(NamedTuple):
    """Folded keys of one state: cells of the group, and of each key (key first)."""

    state: str
    state_name: str
    pattern: str
    times: str
    cells: Tuple[str, ...]
    keys: Tuple[Tuple[str, ...], ...]


class KeyTable(NamedTuple):
    """All keys, folded; `right` are columns of numbers, counted behind key and state.

    `filters` are the buttons that show one state only: (state, its words, number of keys).
    """

    columns: Tuple[str, ...]
    right: Tuple[int, ...]
    filters: Tuple[Tuple[str, str, str], ...]
    rows: Tuple[KeyRow, ...]


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


class Cell(NamedTuple):
    """A cell: text, style, the bars behind it (0 to 1) and what is indented."""

    text: str
    style: str = ''
    bar: Optional[float] = None
    paler: Optional[float] = None
    depth: int = 0


class Grid(NamedTuple):
    """A table. With `search` its rows can be searched; those of a `tree` open and close."""

    name: str
    head: Tuple[str, ...]
    rows: Tuple[Tuple[Cell, ...], ...]
    right: Tuple[int, ...] = ()
    search: bool = False
    tree: bool = False


class Pictures(NamedTuple):
    """Pictures side by side: (words, number, the bytes of a PNG in base64)."""

    title: str
    shown: Tuple[Tuple[str, str, str], ...]


# The name of its class says which macro of blocks.html shows it.
Block = Union[Line, Pairs, Copyable, Treemap, Outcomes, Findings, KeyTable, Chart, Grid, Pictures]


class Section(NamedTuple):
    """Blocks under a heading."""

    heading: str
    blocks: Tuple[Block, ...]


class PageView(NamedTuple):
    """The whole page.

    Attributes:
        lang: 'en' or 'zh'.
        title: of the document.
        subject: what was looked at, above the verdict.
        style: of the verdict.
        verdict: one line.
        todo: the one thing to do.
        actions: what is copied to do it.
        sections: the rest, in order.
        top: below what to do: each network and what it starts on.
        footer: which program wrote the page.
    """

    lang: str
    title: str
    subject: str
    style: str
    verdict: str
    todo: str = ''
    actions: Tuple[Block, ...] = ()
    sections: Tuple[Section, ...] = ()
    top: Pairs = Pairs(())
    footer: str = f'basicsr-weightcheck {__version__}'
