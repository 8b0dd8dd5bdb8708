"""Findings in words, and the one thing to do first."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator, List, Sequence, Tuple

from basicsr_weightcheck.advice.verdict import decisive, doubt, leading
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import share
from basicsr_weightcheck.records.findings import ERROR, SEVERITIES, Finding, Recommendation
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.html.view import Block, Copyable, FindingItem, Findings
from basicsr_weightcheck.report.outline import (
    conversions,
    edit_text,
    other_ways,
    proof_line,
    proof_of,
)
from basicsr_weightcheck.report.verdict_words import FINDING_STYLES, STARTS, severity_word
from basicsr_weightcheck.rules.catalog import message, sentence, what_to_do

IMPORT_REPAIRED = 'WC504'


def findings(items: Sequence[Finding], lang: str) -> Findings:
    """The findings as they come: errors first."""
    return Findings(
        tuple(
            FindingItem(
                style=FINDING_STYLES[one.severity],
                severity=severity_word(one, lang),
                code=one.code,
                title=sentence(one.code, lang).title,
                place=label('line', lang, line=one.line) if one.line else '',
                message=message(one, lang),
                todo=what_to_do(one, lang),
            )
            for one in items
        )
    )


def todo(report: CheckReport, lang: str) -> str:
    """The one thing to do, in one or two sentences."""
    finding = decisive(report) or (doubt(report) if report.verdict == 'ready' else None)
    if finding is not None:
        return what_to_do(finding, lang)
    if report.verdict in STARTS:
        facts = {'start': _start(report, 'html-start', lang), 'share': share(1 - _least(report))}
        return label(f'html-todo-{report.verdict}', lang, **facts)
    if report.recommendation is not None and report.verdict in ('convert', 'change-options'):
        if report.recommendation.conversion:
            return label('html-todo-convert', lang)
        return label('html-todo-edit', lang, then=_after_edits(report, lang))
    worst_first = sorted(report.all_findings, key=lambda one: SEVERITIES.index(one.severity))
    for finding in (*leading(report), *worst_first):
        return what_to_do(finding, lang)
    return label('html-todo-could-not-check', lang)


def _least(report: CheckReport) -> float:
    """Share of the parameters that the load with the least gives."""
    given = (one.coverage.parameter_fraction for one in report.loads if one.coverage)
    return min(given, default=1.0)


def _start(report: CheckReport, key: str, lang: str) -> str:
    """How the training is started: where its import has to be repaired, a plain start stops."""
    repaired = any(one.code == IMPORT_REPAIRED for one in report.findings)
    return label(f'{key}-repaired' if repaired else key, lang)


def _after_edits(report: CheckReport, lang: str) -> str:
    """Start, where the edits are proven and the only error; else check again."""
    error = next((one for one in report.findings if one.severity == ERROR), None)
    if error is not None:  # the edits do not mend it
        title = sentence(error.code, lang).title
        return label('html-check-again-for', lang, code=error.code, title=title)
    if proof_of(report) is None:
        return label('html-check-again', lang)
    return _start(report, 'html-then-start', lang)


def actions(report: CheckReport, lang: str) -> Tuple[Block, ...]:
    """Commands and changes to copy, and whether they are proven."""
    if report.recommendation is None:
        return ()
    title, words = label('html-convert', lang), label('html-copy-command', lang)
    # Nested weights have a finding of their own, which names the command.
    commands = [one.command for one in conversions(replace(report, nested=()))]
    return (
        *(Copyable(title, (('wrap', one),), ((words, one),)) for one in commands),
        _change(report, report.recommendation, lang),
        proof_line(report, lang),
        *_alternatives(report, lang),
    )


def _alternatives(report: CheckReport, lang: str) -> Iterator[Block]:
    """Other ways than the recommended one: a command, and the edits beside it."""
    for other, facts in other_ways(report):
        command = other.conversion.command if other.conversion is not None else ''
        title = label('alternative-with' if command else 'alternative-keep', lang, **facts)
        lines = [*([command] if command else []), *_edits(other, report, lang)]
        copied = command or '\n'.join(lines)
        words = label('html-copy-command' if command else 'html-copy', lang)
        yield Copyable(title, tuple(('wrap', line) for line in lines), ((words, copied),))


def _change(report: CheckReport, together: Recommendation, lang: str) -> Copyable:
    title = label('html-change', lang, path=report.plan.options.path)
    lines, edits = together.diff.splitlines(), _edits(together, report, lang)
    if not together.diff:
        copy = (label('html-copy', lang), '\n'.join(edits))
        return Copyable(title, tuple(('', edit) for edit in edits), (copy,))
    added = [line[1:] for line in lines if line[:1] == '+' and line[:3] != '+++']
    copies = (
        (label('html-copy-lines', lang), '\n'.join(added)),
        (label('html-copy-diff', lang), together.diff),
    )
    return Copyable(title, tuple((_line_style(line), line) for line in lines), copies)


def _edits(way: Recommendation, report: CheckReport, lang: str) -> List[str]:
    return [edit_text(one, report, lang) for one in way.edits]


def _line_style(line: str) -> str:
    if line[:3] in ('+++', '---') or line[:1] == '@':
        return 'dim'
    return {'+': 'added', '-': 'removed'}.get(line[:1], '')
