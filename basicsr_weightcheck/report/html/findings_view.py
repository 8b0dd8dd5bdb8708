"""Findings in words, and the one thing to do first."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator, List, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.records.findings import Finding, Recommendation
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.check.outline import conversions, edit_text, other_ways, proof_line
from basicsr_weightcheck.report.check.words import FINDING_STYLES, severity_word
from basicsr_weightcheck.report.html.view import Block, Copyable, FindingItem, Findings
from basicsr_weightcheck.rules.catalog import message, sentence, what_to_do


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
