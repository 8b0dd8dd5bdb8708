"""Many checks as a page: a row for each YAML; for text, Markdown and HTML alike."""

from __future__ import annotations

from typing import Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count
from basicsr_weightcheck.records.reports import Checked
from basicsr_weightcheck.report.page import Heading, Page, Table
from basicsr_weightcheck.report.table_names import one_line
from basicsr_weightcheck.report.to_text import row

FINE = ('ready', 'ready-partly', 'nothing-to-load')
HEAD = ('options', 'verdict', 'share', 'do')


def checks_page(checked: Sequence[Checked], lang: str) -> Page:
    """File, verdict, the least share of a network that loads, and what to do first."""
    return (
        Heading(checks_title(checked, lang), 1),
        Table(
            tuple(label(f'col-{name}', lang) for name in HEAD),
            tuple(checks_row(one, lang) for one in checked),
            (2,),
            tuple(style_of(one) for one in checked),
        ),
    )


def checks_title(checked: Sequence[Checked], lang: str) -> str:
    """How many of how many may start."""
    fine = sum(one.report is not None and one.report.verdict in FINE for one in checked)
    return label('checks-title', lang, fine=count(fine), count=count(len(checked)))


def style_of(one: Checked) -> str:
    """Name of the style of a row."""
    if one.report is None:
        return 'bad' if one.error is not None else 'dim'
    fine = {'ready': 'good', 'ready-partly': 'warn', 'nothing-to-load': 'warn'}
    return fine.get(one.report.verdict, 'bad')


def checks_row(one: Checked, lang: str) -> Tuple[str, ...]:
    """The cells of one YAML."""
    if one.report is not None:
        return row(one.report, lang)
    if one.error is None:
        return (one_line(one.path), label('passed-unchecked', lang), '–', '')
    what, advice = (one_line(spoken(text, lang)) for text in (one.error.what, one.error.advice))
    other = '' if one.error.path in ('', one.path) else f'{one_line(one.error.path)}: '
    return one_line(one.path), f'✗ {other}{what}', '–', advice
