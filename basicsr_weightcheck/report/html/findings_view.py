"""Findings in words, and the one thing to do first."""

from __future__ import annotations

from typing import Iterator, Sequence, Tuple

from basicsr_weightcheck.advice.verdict import decisive, doubt, leading
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import share
from basicsr_weightcheck.records.findings import ERROR, INFO, SEVERITIES, WARNING, Finding
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.html.view import Block, Copy, Copyable, FindingItem, Findings, Note
from basicsr_weightcheck.report.outline import edit_text, proof_line
from basicsr_weightcheck.report.verdict_words import severity_word
from basicsr_weightcheck.rules.catalog import message, sentence, what_to_do

STYLES = {ERROR: 'bad', WARNING: 'warn', INFO: 'dim'}
IMPORT_REPAIRED = 'WC504'
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
    start = _start(report, 'html-start', lang)
    if report.verdict in ('ready', 'nothing-to-load'):
        return label(f'html-todo-{report.verdict}', lang, start=start)
    if report.verdict == 'ready-partly':
        worst = min(
            (load.coverage.parameter_fraction for load in report.loads if load.coverage),
            default=1.0,
        )
        return label('html-todo-ready-partly', lang, share=share(1 - worst), start=start)
    together = report.recommendation
    if together is not None and report.verdict in ('convert', 'change-options'):
        if together.conversion:
            return label('html-todo-convert', lang)
        return label('html-todo-edit', lang, then=_after_edits(report, lang))
    first = [*leading(report)]
    first += sorted(report.all_findings, key=lambda one: SEVERITIES.index(one.severity))
    return what_to_do(first[0], lang) if first else label('html-todo-could-not-check', lang)


def _start(report: CheckReport, key: str, lang: str) -> str:
    """How the training is started: where its import has to be repaired, a plain start stops."""
    repaired = any(one.code == IMPORT_REPAIRED for one in report.findings)
    return label(f'{key}-repaired' if repaired else key, lang)


def _after_edits(report: CheckReport, lang: str) -> str:
    """Start, where the edits are proven and the only error; else check again."""
    proof = report.recommendation.proof if report.recommendation is not None else None
    error = next((one for one in report.findings if one.severity == ERROR), None)
    if error is not None:
        title = sentence(error.code, lang).title
        return label('html-check-again-for', lang, code=error.code, title=title)
    proven = proof is not None and proof.loads
    return _start(report, 'html-then-start', lang) if proven else label('html-check-again', lang)


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
    others = tuple(_alternatives(report, lang))
    return (*blocks, _change(report, lang), Note(proof.text, proof.style), *others)


def _alternatives(report: CheckReport, lang: str) -> Iterator[Block]:
    """Other ways than the recommended one, each once: a command, and the edits beside it."""
    seen = set()
    for load in report.loads:
        other = load.alternative
        if other is None or other.proof is None:
            continue
        command = other.conversion.command if other.conversion is not None else ''
        if (command, other.edits) in seen:
            continue
        seen.add((command, other.edits))
        facts = {'share': share(other.proof.parameter_fraction), 'network': load.step.network}
        title = label('alternative-with' if command else 'alternative-keep', lang, **facts)
        edits = [edit_text(one, report, lang) for one in other.edits]
        lines = [command, *edits] if command else edits
        copied = command or '\n'.join(lines)
        words = label('html-copy-command' if command else 'html-copy', lang)
        yield Copyable(title, tuple(('wrap', line) for line in lines), (Copy(words, copied),))


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
