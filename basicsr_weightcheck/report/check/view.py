"""A check as an HTML page: its answer, its findings, what to copy, its pictures."""

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
from basicsr_weightcheck.report.html.blocks import FindingItem, Findings, NamedValues, Pictures
from basicsr_weightcheck.report.html.load_states import load_keys, load_treemap
from basicsr_weightcheck.report.page import Block, Cell, Code, Heading, Line, PageView, Table
from basicsr_weightcheck.report.table_names import heads, shown_table
from basicsr_weightcheck.rules.catalog import message, title_of, what_to_do


def check_view(report: CheckReport, lang: str) -> PageView:
    """Verdict, the one thing to do, what every network starts on, and the rest."""
    path, verdict = report.plan.options.path, verdict_text(report, lang)
    return PageView(
        lang=lang,
        title=f'{label("html-check", lang)} · {path}',
        subject=path,
        style='warn' if is_optional(report) else STARTS.get(report.verdict, 'bad'),
        verdict=verdict[:1].upper() + verdict[1:],
        todo=todo(report, lang),
        actions=tuple(_actions(report, lang)),
        top=tuple(networks(report, lang)),
        body=_body(report, lang),
    )


def _actions(report: CheckReport, lang: str) -> Iterator[Block]:
    """Commands and changes to copy, and whether they are proven."""
    if not report.recommendation.is_needed:
        return
    title, words = label('html-convert', lang), label('html-copy-command', lang)
    # Nested weights have a finding of their own, which names the command.
    for one in conversions(replace(report, nested=())):
        yield Code(one.command, 'sh', title, ((words, one.command),))
    yield _change(report, report.recommendation, lang)
    yield proof_line(report, lang)
    for other, facts in other_ways(report):
        command = other.conversion.command
        title = label('alternative-with' if command else 'alternative-keep', lang, **facts)
        lines = '\n'.join([*([command] if command else []), *_edits(other, report, lang)])
        words = label('html-copy-command' if command else 'html-copy', lang)
        yield Code(lines, 'sh', title, ((words, command or lines),))


def _change(report: CheckReport, together: Recommendation, lang: str) -> Code:
    title = label('html-change', lang, path=report.plan.options.path)
    if not together.diff:
        return Code('\n'.join(_edits(together, report, lang)), 'text', title)
    lines = together.diff.splitlines()
    added = [line[1:] for line in lines if line[:1] == '+' and line[:3] != '+++']
    copies = (
        (label('html-copy-lines', lang), '\n'.join(added)),
        (label('html-copy-diff', lang), together.diff),
    )
    return Code(together.diff, 'diff', title, copies)


def _edits(way: Recommendation, report: CheckReport, lang: str) -> List[str]:
    return [edit_text(one, report, lang) for one in way.edits]


def _body(report: CheckReport, lang: str) -> Iterator[Block]:
    if report.findings:
        yield Heading(label('html-training', lang))
        yield from _findings(report.findings, lang)
    for load in report.loads:
        step = load.step
        yield Heading(f'{step.network} · {step.network_type} ← {step.load_path}')
        yield from _load(load, lang)
        if load.look is not None:
            yield Heading(label('look', lang))
            yield from _look(load.look, lang)
    yield Heading(label('html-program', lang))
    yield NamedValues(tuple(_program(report, lang)))


def _load(load: LoadReport, lang: str) -> Iterator[Block]:
    """Errors above the picture, the other findings below it; then what is looked up."""
    yield from _findings([one for one in load.findings if one.severity == ERROR], lang)
    yield from filter(None, [load_treemap(load, lang)])
    yield from _findings([one for one in load.findings if one.severity != ERROR], lang)
    if load.configured.was_tried:
        rows = tuple(_answer(*told, lang) for told in answers(load, lang))
        yield Table(heads(lang, 'setting', 'outcome', 'by'), rows, kind='outcomes')
    yield from filter(None, [load_keys(load, lang)])
    yield NamedValues(tuple(_provenance(load, lang)))
    if load.origin_differences:
        head, name = heads(lang, 'option', 'then', 'now'), label('html-origin-differs', lang)
        yield Table(head, load.origin_differences, name=name)


def _findings(items: Sequence[Finding], lang: str) -> Iterator[Findings]:
    """The findings as they come: errors first."""
    told = [
        FindingItem(
            style=FINDING_STYLES[one.severity],
            severity=severity_word(one, lang),
            code=one.code,
            title=title_of(one.code, lang),
            place=label('line', lang, line=one.line) if one.line else '',
            message=message(one, lang),
            todo=what_to_do(one, lang),
        )
        for one in items
    ]
    if told:
        yield Findings(tuple(told))


def _answer(name: str, text: str, outcome: Optional[Outcome], lang: str) -> Tuple[str, ...]:
    style, by, more = '', '', ''
    if outcome is not None:
        style = {True: 'good', False: 'bad', None: 'dim'}[outcome.loads]
        by = label('predicted', lang) if outcome.by == PREDICTED else outcome.by
        more = outcome.message
    return label(name, lang), Cell(text, f'mark {style}', more=more), Cell(by, 'dim path')


def _provenance(load: LoadReport, lang: str) -> Iterator[Tuple[str, str]]:
    yield label('file', lang), load.step.load_path
    if load.header is not None:
        header = load.header
        yield label('html-container', lang), f'{header.container}, {size(header.file_bytes)}'
        yield label('html-tables', lang), ', '.join(header_tables(header, lang)) or '–'
    if load.key_used is not None:
        yield label('html-table-read', lang), shown_table(load.key_used, lang)
    if load.network is not None and load.network.class_name:
        yield label('html-class', lang), load.network.class_name
        yield label('html-source', lang), load.network.source_path or '–'
    if load.origin is not None:
        yield label('html-origin', lang), load.origin.path


def _look(look: Look, lang: str) -> Iterator[Block]:
    """Why nothing was looked at, or what was and what came out, with the first picture of each."""
    if look.problem:
        yield Line(label('look-not-made', lang, why=spoken(look.problem, lang)), 'warn')
    if not look.rows:
        return
    if look.pairs:
        yield Line(about(look, lang))
    told = look_rows(look, lang)
    yield Table(heads(lang, 'network', 'result'), tuple(told), (1,))
    # Input and target, each once, around the outputs; doing nothing is the input where alike.
    shown = [
        (label('look-input-picture', lang), '', look.picture),
        *((*texts, row.picture) for row, texts in zip(look.rows, told)),
        (label('look-wanted', lang), '', look.wanted),
    ]
    pictures = tuple(
        (name, result, base64.b64encode(png).decode()) for name, result, png in shown if png
    )
    if pictures:
        yield Pictures(label('look-html', lang), pictures)


def _program(report: CheckReport, lang: str) -> Iterator[Tuple[str, str]]:
    plan, rehearsal = report.plan, report.rehearsal
    yield 'YAML', plan.options.path
    if plan.model_type:
        yield 'model_type', plan.model_type
    yield label('framework', lang), framework_text(report, lang)
    if plan.framework.is_found:
        yield label('html-origin-code', lang), plan.framework.origin
    if rehearsal.torch_version:
        yield 'torch', rehearsal.torch_version
    if rehearsal.python_version:
        yield 'Python', rehearsal.python_version
