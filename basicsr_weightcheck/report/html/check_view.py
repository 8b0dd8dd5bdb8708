"""A check as a page."""

from __future__ import annotations

from typing import Iterator, List

from basicsr_weightcheck.advice.verdict import is_optional
from basicsr_weightcheck.dialects.table import title_of
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import size
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.outcomes import PREDICTED, Outcome
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.report.html.findings_view import (
    VERDICT_STYLES,
    actions,
    findings,
    todo,
)
from basicsr_weightcheck.report.html.load_states import load_keys, load_treemap
from basicsr_weightcheck.report.html.look_view import look_blocks
from basicsr_weightcheck.report.html.view import (
    Block,
    Cell,
    Fact,
    Facts,
    Grid,
    OutcomeRow,
    Outcomes,
    PageView,
    Section,
)
from basicsr_weightcheck.report.outline import as_is_text, network_text, outcome_text
from basicsr_weightcheck.report.table_names import counted_table, shown_table
from basicsr_weightcheck.report.verdict_words import verdict_text
from basicsr_weightcheck.version import __version__


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
        style='warn' if is_optional(report) else VERDICT_STYLES.get(report.verdict, 'bad'),
        verdict=verdict[:1].upper() + verdict[1:],
        todo=todo(report, lang),
        actions=actions(report, lang),
        sections=(),
        footer=f'basicsr-weightcheck {__version__}',
        top=Facts(tuple(_networks(report, lang))),
    )


def _networks(report: CheckReport, lang: str) -> Iterator[Fact]:
    """As far as the constructor got; a training that stops starts on nothing."""
    if report.rehearsal is not None and report.rehearsal.stop is None:
        for sources in report.sources:
            yield Fact(sources.network, network_text(sources, lang))


def _sections(report: CheckReport, lang: str) -> Iterator[Section]:
    if report.findings:
        yield Section(label('html-training', lang), (findings(report.findings, lang),))
    for load in report.loads:
        step = load.step
        heading = f'{step.network} · {step.network_type} ← {step.load_path}'
        yield Section(heading, tuple(_load(load, lang)))
        if load.look is not None:
            yield Section(label('look', lang), tuple(look_blocks(load.look, lang)))
    yield Section(label('html-program', lang), (Facts(tuple(_program(report, lang))),))


def _load(load: LoadReport, lang: str) -> Iterator[Block]:
    errors = [one for one in load.findings if one.severity == ERROR]
    others = [one for one in load.findings if one.severity != ERROR]
    if errors:
        yield findings(errors, lang)
    picture = load_treemap(load, lang)
    if picture is not None:
        yield picture
    if others:
        yield findings(others, lang)
    if load.configured is not None:
        yield _outcomes(load, load.configured, lang)
    keys = load_keys(load, lang)
    if keys is not None:
        yield keys
    yield Facts(tuple(_provenance(load, lang)))
    if load.origin_differences:
        yield Grid(
            label('html-origin-differs', lang),
            tuple(label(f'col-{name}', lang) for name in ('option', 'then', 'now')),
            tuple(tuple(Cell(text) for text in row) for row in load.origin_differences),
        )


def _outcomes(load: LoadReport, configured: Outcome, lang: str) -> Outcomes:
    rows: List[OutcomeRow] = [
        _outcome('as-is', configured, as_is_text(load, configured, lang), lang)
    ]
    for name, outcome in (('strict-true', load.strict_true), ('strict-false', load.strict_false)):
        if outcome is not None:
            rows.append(_outcome(name, outcome, outcome_text(outcome, lang), lang))
    answer = {True: 'yes', False: 'no', None: 'unknown'}[load.must_be_false]
    rows.append(OutcomeRow(label('must-be-false', lang), '', label(answer, lang), '', ''))
    head = tuple(label(f'col-{name}', lang) for name in ('setting', 'outcome', 'by'))
    return Outcomes(head, tuple(rows))


def _outcome(name: str, outcome: Outcome, text: str, lang: str) -> OutcomeRow:
    style = {True: 'good', False: 'bad', None: 'dim'}[outcome.loads]
    by = label('predicted', lang) if outcome.by == PREDICTED else outcome.by
    return OutcomeRow(label(name, lang), style, text, by, outcome.message)


def _provenance(load: LoadReport, lang: str) -> Iterator[Fact]:
    yield Fact(label('file', lang), load.step.load_path)
    if load.header is not None:
        header = load.header
        yield Fact(label('html-container', lang), f'{header.container}, {size(header.file_bytes)}')
        tables = ', '.join(
            counted_table(name, len(table.tensors), lang) for name, table in header.tables.items()
        )
        yield Fact(label('html-tables', lang), tables or '–')
    if load.key_used is not None:
        yield Fact(label('html-table-read', lang), shown_table(load.key_used, lang))
    if load.network is not None and load.network.class_name:
        yield Fact(label('html-class', lang), load.network.class_name)
        yield Fact(label('html-source', lang), load.network.source_path or '–')
    if load.origin is not None:
        yield Fact(label('html-origin', lang), load.origin.path)


def _program(report: CheckReport, lang: str) -> Iterator[Fact]:
    plan, rehearsal = report.plan, report.rehearsal
    yield Fact('YAML', plan.options.path)
    if plan.model_type:
        yield Fact('model_type', plan.model_type)
    framework = plan.framework
    if not framework.is_found:
        yield Fact(label('framework', lang), label('no-framework', lang))
    else:
        version = rehearsal.framework_version if rehearsal else framework.version
        yield Fact(label('framework', lang), f'{title_of(framework)} {version}'.strip())
        yield Fact(label('html-origin-code', lang), framework.origin)
    if rehearsal is not None and rehearsal.torch_version:
        yield Fact('torch', rehearsal.torch_version)
    if rehearsal is not None and rehearsal.python_version:
        yield Fact('Python', rehearsal.python_version)
