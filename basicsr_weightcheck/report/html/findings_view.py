"""Findings in words, and the one thing to do first."""

from __future__ import annotations

from typing import Sequence, Tuple

from basicsr_weightcheck.advice.verdict import decisive, doubt
from basicsr_weightcheck.messages.lookup import label, message, sentence, what_to_do
from basicsr_weightcheck.messages.numbers import share
from basicsr_weightcheck.records.findings import ERROR, INFO, SEVERITIES, WARNING, Finding
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.html.view import Block, Copy, Copyable, FindingItem, Findings, Note
from basicsr_weightcheck.report.outline import edit_text, proof_line
from basicsr_weightcheck.report.verdict_words import severity_word

STYLES = {ERROR: 'bad', WARNING: 'warn', INFO: 'dim'}
VERDICT_STYLES = {'ready': 'good', 'ready-partly': 'warn', 'nothing-to-load': 'warn'}


def findings(items: Sequence[Finding], lang: str) -> Findings:
    """The findings as they come: errors first."""
    return Findings(
        tuple(
            FindingItem(
                style=STYLES[one.severity],
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
    if report.verdict in ('ready', 'nothing-to-load'):
        return label(f'html-todo-{report.verdict}', lang)
    if report.verdict == 'ready-partly':
        worst = min(
            (load.coverage.parameter_fraction for load in report.loads if load.coverage),
            default=1.0,
        )
        return label('html-todo-ready-partly', lang, share=share(1 - worst))
    together = report.recommendation
    if together is not None and report.verdict in ('convert', 'change-options'):
        return label('html-todo-convert' if together.conversion else 'html-todo-edit', lang)
    first = sorted(report.all_findings, key=lambda one: SEVERITIES.index(one.severity))
    return what_to_do(first[0], lang) if first else label('html-todo-could-not-check', lang)


def actions(report: CheckReport, lang: str) -> Tuple[Block, ...]:
    """Commands and changes to copy, and whether they are proven."""
    together = report.recommendation
    if together is None:
        return ()
    commands = dict.fromkeys(
        load.recommendation.conversion.command
        for load in report.loads
        if load.recommendation and load.recommendation.conversion
    )
    title, words = label('html-convert', lang), label('html-copy-command', lang)
    blocks: Tuple[Block, ...] = tuple(
        Copyable(title, (('wrap', command),), (Copy(words, command),)) for command in commands
    )
    proof = proof_line(report, lang)
    return (*blocks, _change(report, lang), Note(proof.text, proof.style))


def _change(report: CheckReport, lang: str) -> Copyable:
    together = report.recommendation
    assert together is not None
    title = label('html-change', lang, path=report.plan.options.path)
    if not together.diff:
        edits = [edit_text(one, report, lang) for one in together.edits]
        return Copyable(
            title,
            tuple(('', edit) for edit in edits),
            (Copy(label('html-copy', lang), '\n'.join(edits)),),
        )
    lines = together.diff.splitlines()
    added = [line[1:] for line in lines if line[:1] == '+' and line[:3] != '+++']
    return Copyable(
        title,
        tuple((_line_style(line), line) for line in lines),
        (
            Copy(label('html-copy-lines', lang), '\n'.join(added)),
            Copy(label('html-copy-diff', lang), together.diff),
        ),
    )


def _line_style(line: str) -> str:
    if line[:3] in ('+++', '---') or line[:1] == '@':
        return 'dim'
    return {'+': 'added', '-': 'removed'}.get(line[:1], '')
