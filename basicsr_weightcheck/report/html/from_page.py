"""Elements of a text page as blocks: what is said in both is written once."""

from __future__ import annotations

from typing import Iterable, Iterator, List, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.report.html.view import (
    Block,
    Cell,
    Copy,
    Copyable,
    Grid,
    Note,
    PageView,
    Section,
)
from basicsr_weightcheck.report.page import Code, Element, Heading, Line, Page, Table
from basicsr_weightcheck.version import __version__


def blocks(elements: Iterable[Element], lang: str) -> Iterator[Block]:
    """The elements without their headings; the line above code is its title."""
    waiting: List[Line] = []
    for element in elements:
        if isinstance(element, Line):
            yield from _notes(waiting)
            waiting = [element] if element.text.strip() else []
            continue
        if isinstance(element, Code):
            title = waiting.pop().text if waiting else ''
            yield copyable(title, element.text.rstrip('\n'), lang)
        yield from _notes(waiting)
        waiting = []
        if isinstance(element, Table):
            yield grid(element)
        assert isinstance(element, (Heading, Code, Table))
    yield from _notes(waiting)


def page_view(page: Page, verdict: str, lang: str) -> PageView:
    """A page of text, its first heading the subject, each other one a section."""
    first, *rest = page
    assert isinstance(first, Heading)
    sections: List[Tuple[str, List[Element]]] = [(label('html-summary', lang), [])]
    for element in rest:
        if isinstance(element, Heading):
            sections.append((element.text, []))
        else:
            sections[-1][1].append(element)
    return PageView(
        lang=lang,
        title=' '.join(first.text.split()),
        subject=' '.join(first.text.split()),
        style='good',
        verdict=verdict,
        todo='',
        actions=(),
        sections=tuple(Section(name, tuple(blocks(each, lang))) for name, each in sections if each),
        footer=f'basicsr-weightcheck {__version__}',
    )


def copyable(title: str, text: str, lang: str) -> Copyable:
    """Lines that are copied as they are."""
    lines = tuple(('', line) for line in text.split('\n'))
    return Copyable(title, lines, (Copy(label('html-copy', lang), text),))


def grid(table: Table, name: str = '', search: bool = False) -> Grid:
    """A table of text; the style of a row stands in its first cell."""
    styles = table.styles or ('',) * len(table.rows)
    return Grid(
        name=name,
        head=table.head,
        rows=tuple(
            tuple(Cell(text, style if not at else '') for at, text in enumerate(row))
            for row, style in zip(table.rows, styles)
        ),
        right=table.right,
        search=search,
    )


def _notes(lines: Iterable[Line]) -> Iterator[Note]:
    for line in lines:
        yield Note(unmarked(line.text.strip()), line.style)


def unmarked(text: str) -> str:
    """A line without the mark that a page shows as colour: '[OK] ...'."""
    mark, closing, rest = text.partition('] ')
    return rest if closing and mark in ('[OK', '[×', '[~') else text
