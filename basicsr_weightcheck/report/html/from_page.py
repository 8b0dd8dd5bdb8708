"""Elements of a text page as blocks: what is said in both is written once."""

from __future__ import annotations

from typing import Iterable, Iterator, List, Optional, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.records.findings import ConvertReport
from basicsr_weightcheck.records.sources import ModuleLoad
from basicsr_weightcheck.report.convert_page import convert_page
from basicsr_weightcheck.report.html.view import Block, Cell, Copyable, Grid, PageView, Section
from basicsr_weightcheck.report.module_load import (
    load_counts,
    load_lines,
    load_page,
    load_style,
    load_todo,
    load_verdict,
)
from basicsr_weightcheck.report.page import Code, Element, Heading, Line, Page, Table


def blocks(elements: Iterable[Element], lang: str) -> Iterator[Block]:
    """The elements without headings and empty lines; the line above code is its title."""
    above: Optional[Line] = None
    for element in elements:
        if isinstance(element, Code):
            title = above.text if above is not None else ''
            yield copyable(title, element.text.rstrip('\n'), lang)
        elif above is not None:
            yield _note(above)
        if isinstance(element, Table):
            yield grid(element)
        above = element if isinstance(element, Line) and element.text.strip() else None
    if above is not None:
        yield _note(above)


def convert_view(report: ConvertReport, lang: str) -> PageView:
    """A conversion."""
    title = 'html-planned' if report.written is None else 'html-converted'
    return _page_view(convert_page(report, lang), label(title, lang), lang)


def load_view(load: ModuleLoad, lang: str) -> PageView:
    """A load into a module."""
    counts = load_counts(load, lang)
    page = (load_page(load, lang)[0], *load_lines(load, lang))
    return _page_view(page, load_verdict(load, lang), lang)._replace(
        style=load_style(load),
        todo=load_todo(load, lang),
        actions=(Line(counts),) if counts else (),
    )


def _page_view(page: Page, verdict: str, lang: str) -> PageView:
    """A page of text, its first heading the subject, each other one a section."""
    first, *rest = page
    assert isinstance(first, Heading)
    sections: List[Tuple[str, List[Element]]] = [(label('html-summary', lang), [])]
    for element in rest:
        if isinstance(element, Heading):
            sections.append((element.text, []))
        else:
            sections[-1][1].append(element)
    title = ' '.join(first.text.split())
    told = [Section(name, tuple(blocks(each, lang))) for name, each in sections if each]
    return PageView(lang, title, title, 'good', verdict, sections=tuple(told))


def copyable(title: str, text: str, lang: str) -> Copyable:
    """Lines that are copied as they are."""
    lines = tuple(('', line) for line in text.split('\n'))
    return Copyable(title, lines, ((label('html-copy', lang), text),))


def grid(table: Table, name: str = '', search: bool = False) -> Grid:
    """A table of text; the style of a row stands in its first cell."""
    styles = table.styles or ('',) * len(table.rows)
    rows = [
        (Cell(row[0], style), *(Cell(text) for text in row[1:]))
        for row, style in zip(table.rows, styles)
    ]
    return Grid(name, table.head, tuple(rows), table.right, search)


def _note(line: Line) -> Line:
    return Line(unmarked(line.text.strip()), line.style)


def unmarked(text: str) -> str:
    """A line without the mark that a page shows as colour: '[OK] ...'."""
    # The marks of messages/compare_en.py and compare_zh.py.
    mark, closing, rest = text.partition('] ')
    return rest if closing and mark in ('[OK', '[×', '[~') else text
