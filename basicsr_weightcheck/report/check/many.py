"""Many checks as a page: a row for each YAML; for text, Markdown and HTML alike."""

from __future__ import annotations

from typing import Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.records.reports import Checked
from basicsr_weightcheck.report.check.to_text import row
from basicsr_weightcheck.report.check.words import STARTS
from basicsr_weightcheck.report.page import Heading, Page, Table
from basicsr_weightcheck.report.table_names import heads, one_line

GAP = 2  # columns between two cells
LEAST_COLUMNS = 20


def checks_page(checked: Sequence[Checked], lang: str, width: int = 0) -> Page:
    """File, verdict, the least share of a network that loads, and what to do first.

    Args:
        checked: in the order of the YAMLs.
        lang: 'en' or 'zh'.
        width: columns of the terminal, for which the last cell is cut; 0 leaves it whole.
    """
    head = heads(lang, 'options', 'verdict', 'share', 'do')
    rows = [checks_row(one, lang) for one in checked]
    if width:
        broad = [max(columns(cell) for cell in column) for column in list(zip(head, *rows))[:-1]]
        room = max(LEAST_COLUMNS, width - sum(broad) - GAP * len(broad))
        rows = [(*row[:-1], _cut(row[-1], room)) for row in rows]
    title = Heading(checks_title(checked, lang), 1)
    return title, Table(head, tuple(rows), (2,), tuple(map(_style, checked)))


def checks_title(checked: Sequence[Checked], lang: str) -> str:
    """How many of how many may start."""
    fine = sum(one.report is not None and one.report.verdict in STARTS for one in checked)
    return label('checks-title', lang, fine=count(fine), count=count(len(checked)))


def _style(one: Checked) -> str:
    if one.report is None:
        return 'bad' if one.error is not None else 'dim'
    return STARTS.get(one.report.verdict, 'bad')


def checks_row(one: Checked, lang: str) -> Tuple[str, ...]:
    """The cells of one YAML."""
    if one.report is not None:
        return row(one.report, lang)
    if one.error is None:
        return (one_line(one.path), label('passed-unchecked', lang), '–', '')
    what, advice = (one_line(spoken(text, lang)) for text in (one.error.what, one.error.advice))
    other = '' if one.error.path in ('', one.path) else f'{one_line(one.error.path)}: '
    verdict = f'✗ {label("short-could-not-check", lang)}'
    return one_line(one.path), verdict, '–', ' '.join(filter(None, (f'{other}{what}', advice)))


def _cut(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    kept = ''
    for character in text:
        if columns(kept + character) >= width:
            break
        kept += character
    return kept.rstrip() + '…'
