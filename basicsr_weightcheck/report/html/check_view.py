"""A check as a page: its answer, its findings, what to copy, its pictures."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Iterator, List, Optional, Sequence, Tuple

from basicsr_weightcheck.advice.verdict import is_optional
from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import size
from basicsr_weightcheck.records.findings import ERROR, Finding, Recommendation
from basicsr_weightcheck.records.looks import Look
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import PREDICTED, Outcome
from basicsr_weightcheck.report.check.outline import (
    answers,
    conversions,
    edit_text,
    framework_text,
    header_tables,
    networks,
    other_ways,
    proof_line,
    todo,
)
from basicsr_weightcheck.report.check.words import (
    FINDING_STYLES,
    STARTS,
    about,
    look_rows,
    severity_word,
    verdict_text,
)
from basicsr_weightcheck.report.html.load_states import load_keys, load_treemap
from basicsr_weightcheck.report.html.view import (
    Block,
    Cell,
    Copyable,
    FindingItem,
    Findings,
    Grid,
    OutcomeRow,
    Outcomes,
    PageView,
    Pair,
    Pairs,
    Pictures,
    Section,
)
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.report.table_names import heads, shown_table
from basicsr_weightcheck.rules.catalog import message, sentence, what_to_do

# Findings in words, and the one thing to do first.


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


# A look as blocks of a page: the table, and the first picture beside what is made of it.


def look_blocks(look: Look, lang: str) -> Iterator[Block]:
    """Why nothing was looked at, or what was and what came out."""
    if look.problem:
        yield Line(label('look-not-made', lang, why=spoken(look.problem, lang)), 'warn')
    if not look.rows:
        return
    if look.pairs:
        yield Line(about(look, lang))
    rows = tuple((Cell(name), Cell(result)) for name, result in look_rows(look, lang))
    yield Grid('', heads(lang, 'network', 'result'), rows, (1,))
    shown = tuple(_shown(look, lang))
    if shown:
        yield Pictures(label('look-html', lang), shown)


def _shown(look: Look, lang: str) -> Iterator[Tuple[str, str, str]]:
    """Input and target, each once, around the outputs; doing nothing is the input where alike."""
    if look.picture:
        yield (label('look-input-picture', lang), '', _text(look.picture))
    for row, (name, result) in zip(look.rows, look_rows(look, lang)):
        if row.picture:
            yield (name, result, _text(row.picture))
    if look.wanted:
        yield (label('look-wanted', lang), '', _text(look.wanted))


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode()


def check_view(report: CheckReport, lang: str) -> PageView:
    """The whole check."""
    return check_top(report, lang)._replace(sections=tuple(_sections(report, lang)))


def check_top(report: CheckReport, lang: str) -> PageView:
    """Verdict, the one thing to do, and what every network starts on."""
    path, verdict = report.plan.options.path, verdict_text(report, lang)
    return PageView(
        lang=lang,
        title=f'{label("html-check", lang)} · {path}',
        subject=path,
        style='warn' if is_optional(report) else STARTS.get(report.verdict, 'bad'),
        verdict=verdict[:1].upper() + verdict[1:],
        todo=todo(report, lang),
        actions=actions(report, lang),
        top=Pairs(tuple(Pair(*told) for told in networks(report, lang))),
    )


def _sections(report: CheckReport, lang: str) -> Iterator[Section]:
    if report.findings:
        yield Section(label('html-training', lang), (findings(report.findings, lang),))
    for load in report.loads:
        step = load.step
        heading = f'{step.network} · {step.network_type} ← {step.load_path}'
        yield Section(heading, tuple(_load(load, lang)))
        if load.look is not None:
            yield Section(label('look', lang), tuple(look_blocks(load.look, lang)))
    yield Section(label('html-program', lang), (Pairs(tuple(_program(report, lang))),))


def _load(load: LoadReport, lang: str) -> Iterator[Block]:
    """Errors above the picture, the other findings below it; then what is looked up."""
    yield from _findings(load, True, lang)
    yield from filter(None, [load_treemap(load, lang)])
    yield from _findings(load, False, lang)
    if load.configured.was_tried:
        rows = [_answer(*told, lang) for told in answers(load, lang)]
        yield Outcomes(heads(lang, 'setting', 'outcome', 'by'), tuple(rows))
    yield from filter(None, [load_keys(load, lang)])
    yield Pairs(tuple(_provenance(load, lang)))
    if load.origin_differences:
        rows_then = [tuple(map(Cell, row)) for row in load.origin_differences]
        head = heads(lang, 'option', 'then', 'now')
        yield Grid(label('html-origin-differs', lang), head, tuple(rows_then))


def _findings(load: LoadReport, errors: bool, lang: str) -> Iterator[Findings]:
    chosen = [one for one in load.findings if (one.severity == ERROR) == errors]
    if chosen:
        yield findings(chosen, lang)


def _answer(name: str, text: str, outcome: Optional[Outcome], lang: str) -> OutcomeRow:
    if outcome is None:
        return OutcomeRow(label(name, lang), '', text, '', '')
    style = {True: 'good', False: 'bad', None: 'dim'}[outcome.loads]
    by = label('predicted', lang) if outcome.by == PREDICTED else outcome.by
    return OutcomeRow(label(name, lang), style, text, by, outcome.message)


def _provenance(load: LoadReport, lang: str) -> Iterator[Pair]:
    yield Pair(label('file', lang), load.step.load_path)
    if load.header is not None:
        header = load.header
        yield Pair(label('html-container', lang), f'{header.container}, {size(header.file_bytes)}')
        yield Pair(label('html-tables', lang), ', '.join(header_tables(header, lang)) or '–')
    if load.key_used is not None:
        yield Pair(label('html-table-read', lang), shown_table(load.key_used, lang))
    if load.network is not None and load.network.class_name:
        yield Pair(label('html-class', lang), load.network.class_name)
        yield Pair(label('html-source', lang), load.network.source_path or '–')
    if load.origin is not None:
        yield Pair(label('html-origin', lang), load.origin.path)


def _program(report: CheckReport, lang: str) -> Iterator[Pair]:
    plan, rehearsal = report.plan, report.rehearsal
    yield Pair('YAML', plan.options.path)
    if plan.model_type:
        yield Pair('model_type', plan.model_type)
    yield Pair(label('framework', lang), framework_text(report, lang))
    if plan.framework.is_found:
        yield Pair(label('html-origin-code', lang), plan.framework.origin)
    if rehearsal.torch_version:
        yield Pair('torch', rehearsal.torch_version)
    if rehearsal.python_version:
        yield Pair('Python', rehearsal.python_version)
