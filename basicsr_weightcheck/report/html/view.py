"""What a page shows, as plain data: texts, numbers to draw with, names of styles. No markup.

Styles: 'good', 'bad', 'warn', 'dim', ''. States name the colours of `palette`.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple, Union


class Fact(NamedTuple):
    """A name and its value."""

    name: str
    value: str
    style: str = ''


class Facts(NamedTuple):
    """Names and values, in two columns."""

    rows: Tuple[Fact, ...]
    kind: str = 'facts'


class Note(NamedTuple):
    """A paragraph."""

    text: str
    style: str = ''
    kind: str = 'note'


class Copy(NamedTuple):
    """A button: its words, and what it puts into the clipboard."""

    label: str
    text: str


class Copyable(NamedTuple):
    """What is copied as it is: lines of (style, text)."""

    title: str
    lines: Tuple[Tuple[str, str], ...]
    copies: Tuple[Copy, ...]
    kind: str = 'copyable'


class Share(NamedTuple):
    """One state of a network: its words, counts as text, and part of the whole, 0 to 1."""

    state: str
    name: str
    tensors: str
    elements: str
    share: str
    fraction: float


class Tile(NamedTuple):
    """A rectangle of a treemap: place on a canvas of 1000 x 500, what it tells, what to search."""

    x: float
    y: float
    width: float
    height: float
    state: str
    text: str
    search: str


class Frame(NamedTuple):
    """A module around its tiles, on the same canvas."""

    x: float
    y: float
    width: float
    height: float
    name: str


class Treemap(NamedTuple):
    """Area is elements, colour is state. `shares` is the legend and says the same in numbers."""

    title: str
    note: str
    tiles: Tuple[Tile, ...]
    frames: Tuple[Frame, ...]
    shares: Tuple[Share, ...]
    head: Tuple[str, ...]
    kind: str = 'treemap'


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
    kind: str = 'outcomes'


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
    kind: str = 'findings'


class KeyRow(NamedTuple):
    """Folded keys of one state: cells of the group, and of each key (key first)."""

    state: str
    state_name: str
    pattern: str
    times: str
    cells: Tuple[str, ...]
    keys: Tuple[Tuple[str, ...], ...]


class KeyFilter(NamedTuple):
    """A button that shows one state only."""

    state: str
    name: str
    number: str


class KeyTable(NamedTuple):
    """All keys, folded; `right` are columns of numbers, counted behind key and state."""

    name: str
    columns: Tuple[str, ...]
    right: Tuple[int, ...]
    filters: Tuple[KeyFilter, ...]
    rows: Tuple[KeyRow, ...]
    kind: str = 'keys'


class Mark(NamedTuple):
    """A point or bar of a chart."""

    x: float
    y: float
    width: float
    height: float
    state: str
    text: str
    search: str


class Tick(NamedTuple):
    """A line across a chart with words at its end."""

    at: float
    name: str


class Chart(NamedTuple):
    """Points ('dots') or bars on a canvas; units of both are those of the SVG."""

    title: str
    shape: str
    width: float
    height: float
    marks: Tuple[Mark, ...]
    rows: Tuple[Tick, ...]
    columns: Tuple[Tick, ...]
    legend: Tuple[Tuple[str, str], ...]
    x_title: str
    y_title: str
    kind: str = 'chart'


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
    kind: str = 'grid'


class Shown(NamedTuple):
    """A picture: its words, its number, and the bytes of a PNG in base64."""

    name: str
    result: str
    png: str


class Pictures(NamedTuple):
    """Pictures side by side."""

    title: str
    shown: Tuple[Shown, ...]
    kind: str = 'pictures'


Block = Union[
    Facts, Note, Copyable, Treemap, Outcomes, Findings, KeyTable, Chart, Grid, Pictures
]  # each names its macro in `kind`


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
        footer: which program wrote the page.
        top: below what to do: each network and what it starts on.
    """

    lang: str
    title: str
    subject: str
    style: str
    verdict: str
    todo: str
    actions: Tuple[Block, ...]
    sections: Tuple[Section, ...]
    footer: str
    top: Facts = Facts(())
