"""A check as a page."""

from __future__ import annotations

import base64
from typing import Iterator, Optional, Tuple

from basicsr_weightcheck.advice.verdict import is_optional
from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import size
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.looks import Look
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import PREDICTED, Outcome
from basicsr_weightcheck.report.check.outline import (
    answers,
    framework_text,
    header_tables,
    networks,
    todo,
)
from basicsr_weightcheck.report.check.words import STARTS, about, look_rows, verdict_text
from basicsr_weightcheck.report.html.findings_view import actions, findings
from basicsr_weightcheck.report.html.load_states import load_keys, load_treemap
from basicsr_weightcheck.report.html.view import (
    Block,
    Cell,
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
    if load.configured is not None:
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
    if rehearsal is not None and rehearsal.torch_version:
        yield Pair('torch', rehearsal.torch_version)
    if rehearsal is not None and rehearsal.python_version:
        yield Pair('Python', rehearsal.python_version)
