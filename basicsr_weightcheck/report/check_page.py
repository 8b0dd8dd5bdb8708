"""A check as a page: for Markdown, where headings and code are more than lines."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Iterator, Sequence

from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.outline import outline
from basicsr_weightcheck.report.page import Code, Element, Heading, Line, Page

COLUMNS = re.compile(' {2,}')


def check_page(report: CheckReport, lang: str) -> Page:
    """The lines of the outline: titles as headings, what is copied as code, the rest as a list."""
    return tuple(_elements(outline(report, lang)))


def _elements(lines: Sequence[Line]) -> Iterator[Element]:
    for kind, group in groupby(lines, _kind):
        members = list(group)
        if kind == 'title':
            yield from (Heading(line.text, 1 if line is lines[0] else 2) for line in members)
        elif kind == 'code':
            yield _code([line.text for line in members])
        else:
            top = min(line.indent for line in members)
            yield from (_item(line, line.indent > top) for line in members if line.text)


def _code(texts: Sequence[str]) -> Code:
    is_diff = any(text.startswith(('+', '-')) for text in texts)
    return Code('\n'.join(texts), 'diff' if is_diff else 'sh')


def _item(line: Line, below: bool) -> Line:
    """A list item, or one below it; the columns of the terminal become a colon."""
    return Line('- ' + COLUMNS.sub(': ', line.text.strip(), count=1), '', 2 if below else 0)


def _kind(line: Line) -> str:
    if 'verbatim' in line.style:
        return 'code'
    return 'title' if line.style == 'title' else 'text'
