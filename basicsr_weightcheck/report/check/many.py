"""Many checks: a row for each YAML, as text, Markdown, HTML and JSON (checks-2)."""

from __future__ import annotations

from typing import Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.records.reports import Checked
from basicsr_weightcheck.report.check.first_screen import row
from basicsr_weightcheck.report.check.to_json import check_document
from basicsr_weightcheck.report.check.words import STARTS
from basicsr_weightcheck.report.json_text import Json, error_document, headed
from basicsr_weightcheck.report.page import Heading, Page, PageView, Table
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
    table = _table(checked, lang)
    if width:
        *columns_before, _ = zip(table.head, *table.rows)
        broad = [max(map(columns, column)) for column in columns_before]
        room = max(LEAST_COLUMNS, width - sum(broad) - GAP * len(broad))
        table = table._replace(rows=tuple((*row[:-1], _cut(row[-1], room)) for row in table.rows))
    return Heading(_title(checked, lang), 1), table


def checks_view(checked: Sequence[Checked], lang: str) -> PageView:
    """The same as an HTML page, whose rows can be searched."""
    title, table = _title(checked, lang), _table(checked, lang)._replace(kind='rows')
    return PageView(
        lang=lang,
        title=title,
        subject=label('html-check', lang),
        style=next((style for style in ('bad', 'warn') if style in table.styles), 'good'),
        verdict=title,
        body=(Heading(label('html-files', lang)), table),
    )


def checks_document(checked: Sequence[Checked]) -> Json:
    """Several checks in the order of the YAMLs, and those that could not be made."""
    checks = [check_document(one.report) for one in checked if one.report is not None]
    return headed('checks/2', checks=checks, summary=[_summary(one) for one in checked])


def _summary(one: Checked) -> Json:
    return {
        'options_path': one.path,
        'verdict': one.report.verdict if one.report is not None else None,
        'fraction': one.report.least_fraction if one.report is not None else None,
        'do': _row(one, 'en')[-1],
        'error': error_document(one.error) if one.error is not None else None,
    }


def _title(checked: Sequence[Checked], lang: str) -> str:
    """How many of how many may start."""
    fine = sum(one.report is not None and one.report.verdict in STARTS for one in checked)
    return label('checks-title', lang, fine=count(fine), count=count(len(checked)))


def _table(checked: Sequence[Checked], lang: str) -> Table:
    head = heads(lang, 'options', 'verdict', 'share', 'do')
    rows = tuple(_row(one, lang) for one in checked)
    return Table(head, rows, (2,), tuple(map(_style, checked)))


def _style(one: Checked) -> str:
    if one.report is None:
        return 'bad' if one.error is not None else 'dim'
    return STARTS.get(one.report.verdict, 'bad')


def _row(one: Checked, lang: str) -> Tuple[str, ...]:
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
