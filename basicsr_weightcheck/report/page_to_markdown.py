"""A page as Markdown, for issues, wikis and CI summaries."""

from __future__ import annotations

from typing import List

from basicsr_weightcheck.messages.lookup import clean, clean_line
from basicsr_weightcheck.report.page import Code, Element, Heading, Page, Table

_SPECIAL = '\\`*_{}[]<>#|~'


def render_markdown(page: Page) -> str:
    """Headings, paragraphs, pipe tables and fenced code; everything from a file is escaped."""
    parts = ['\n'.join(_lines(element)) for element in page]
    text = '\n\n'.join(part for part in parts if part)
    return text + '\n'


def _lines(element: Element) -> List[str]:
    if isinstance(element, Heading):
        return [f'{"#" * element.level} {_escaped(element.text)}']
    if isinstance(element, Code):
        fence = '```'
        while fence in element.text:
            fence += '`'
        return [fence + element.language, clean(element.text.rstrip('\n')), fence]
    if isinstance(element, Table):
        return _table(element)
    text = _escaped(element.text.strip())
    if not text:
        return []
    if not element.text.startswith('- '):
        return [text]
    return [f'{" " * min(element.indent, 2)}- {text[3:]}']  # four would be code


def _table(table: Table) -> List[str]:
    rules = ['---:' if at in table.right else '---' for at in range(len(table.head))]
    rows = [[_escaped(cell) for cell in row] for row in (table.head, *table.rows)]
    lines = ['| ' + ' | '.join(row) + ' |' for row in rows]
    return [lines[0], '| ' + ' | '.join(rules) + ' |', *lines[1:]]


def _escaped(text: str) -> str:
    text = ' '.join(clean_line(text).split())
    return ''.join(
        '\\' + c if c in _SPECIAL or (c == '-' and not i) else c for i, c in enumerate(text)
    )
