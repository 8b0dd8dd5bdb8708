"""The verdict of a check, and what pictures show, in words."""

from __future__ import annotations

from typing import Iterator, List, Tuple

from basicsr_weightcheck.advice.verdict import decisive, doubt, is_optional
from basicsr_weightcheck.messages.lookup import clean, clean_line, label, spoken
from basicsr_weightcheck.messages.numbers import count
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING, Finding
from basicsr_weightcheck.records.looks import Look, LookRow
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.report.table_names import aligned
from basicsr_weightcheck.rules.catalog import parameters, title_of

DETAIL_CHARACTERS = 120
STARTS = {'ready': 'good', 'ready-partly': 'warn', 'nothing-to-load': 'warn'}  # may start: style
FINDING_STYLES = {ERROR: 'bad', WARNING: 'warn', INFO: 'dim'}


def verdict_text(report: CheckReport, lang: str) -> str:
    """One line; what keeps weights that load from being ready stands in it."""
    finding = decisive(report)
    if finding is not None:
        key = {'could-not-check': 'could-not-check-because'}.get(report.verdict, report.verdict)
        return label(key, lang, why=_why(finding, lang))
    if report.verdict == 'could-not-check' and not report.rehearsal.was_run:
        return label('could-not-check-because', lang, why='--no-rehearsal')
    if is_optional(report):
        return label(f'{report.verdict}-optional', lang)
    text, but = label(report.verdict, lang), doubt(report)
    if but is not None and report.verdict in ('ready', 'ready-partly'):
        return label('ready-but', lang, verdict=text, why=title_of(but.code, lang))
    return text


def severity_word(finding: Finding, lang: str) -> str:
    """How much a finding counts: its severity, and that the user asked not to count it."""
    text = label(finding.severity, lang)
    return f'{text} {label("ignored-mark", lang)}' if finding.ignored else text


def _why(finding: Finding, lang: str) -> str:
    """The finding in a few words, and the exception that it is about."""
    facts = parameters(finding, lang)
    parts = [facts[name] for name in ('error', 'reason') if facts.get(name)]
    title = title_of(finding.code, lang)
    detail = clean_line(': '.join(parts))[:DETAIL_CHARACTERS].rstrip('.。')
    return label('beside', lang, name=title, text=detail) if detail else title


# A look in words: one line for each row, best first where pictures can be compared.


def look_lines(look: Look, lang: str) -> Iterator[Line]:
    """A title, where the pictures are from, then the table."""
    yield Line(label('look', lang), 'title')
    if look.problem:
        yield Line(label('look-not-made', lang, why=clean(spoken(look.problem, lang))), 'warn', 2)
    if look.pairs:
        yield Line(about(look, lang), '', 2)
    names = aligned([row_name(row, look, lang) for row in look.rows])
    for name, row in zip(names, look.rows):
        style = 'warn' if row.problem or not row.finite else ''
        yield Line(f'{name}  {result(row, lang)}', style, 2)


def about(look: Look, lang: str) -> str:
    """What was put through the network."""
    source = label(look.source, lang) if look.source.startswith('look-') else clean(look.source)
    height, width = look.size
    words = 'look-pairs' if any(row.each for row in look.rows) else 'look-inputs'
    return label(
        words, lang, network=look.network, count=count(len(look.pairs)), source=source,
        height=height, width=width,
    )  # fmt: skip


def look_rows(look: Look, lang: str) -> List[Tuple[str, str]]:
    """(what it is, what it gives) of every row, in their order."""
    return [(row_name(row, look, lang), result(row, lang)) for row in look.rows]


def row_name(row: LookRow, look: Look, lang: str) -> str:
    if row.kind == 'nothing' and look.scale > 1:
        return label('look-nothing-scaled', lang, scale=look.scale)
    name = label(f'look-{row.name}', lang) if row.kind == 'input' else clean_line(row.name)
    return label(f'look-{row.kind}', lang, name=name)


def result(row: LookRow, lang: str) -> str:
    """What a row gives: dB; without pictures to compare with, its range and what it changed."""
    if row.problem:
        return clean_line(spoken(row.problem, lang)).split('\\n')[0]
    if not row.finite:
        return label('look-not-finite', lang)
    if row.psnr is not None:
        return label('look-db', lang, value=f'{row.psnr:.2f}')
    text = label('look-range', lang, low=f'{row.low:.2f}', high=f'{row.high:.2f}')
    # The input is no distance away from itself.
    if row.distance is None or row.kind == 'nothing':
        return text
    return f'{text}, {label("look-away", lang, value=f"{row.distance:.2f}")}'
