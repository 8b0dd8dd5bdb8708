"""What a report is made of, before it is text, Markdown or anything else."""

from __future__ import annotations

from typing import NamedTuple, Tuple, Union


class Line(NamedTuple):
    """One line of a page.

    Attributes:
        text: what it says.
        style: 'title', 'good', 'bad', 'warn', 'dim' or ''; with ' verbatim' it is never wrapped.
        indent: in columns.
        hang: columns by which its wrapped rest is indented further.
    """

    text: str
    style: str = ''
    indent: int = 0
    hang: int = 0


class Heading(NamedTuple):
    """The title of the page (level 1) or of a section (level 2)."""

    text: str
    level: int = 2


class Table(NamedTuple):
    """Rows under a head. `styles` has a style name for each row, or is empty."""

    head: Tuple[str, ...]
    rows: Tuple[Tuple[str, ...], ...]
    right: Tuple[int, ...] = ()  # columns that are aligned to the right
    styles: Tuple[str, ...] = ()


class Code(NamedTuple):
    """What is copied as it is."""

    text: str
    language: str = 'yaml'


Element = Union[Line, Heading, Table, Code]
Page = Tuple[Element, ...]
