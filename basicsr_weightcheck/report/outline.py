"""All that a check says, as lines with a style name; the renderers only dress them."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from basicsr_weightcheck.advice.verdict import doubt, is_optional
from basicsr_weightcheck.compare.key_endings import Ending, fold_endings
from basicsr_weightcheck.dialects.table import title_of
from basicsr_weightcheck.messages.lookup import label, said_of
from basicsr_weightcheck.messages.numbers import count, shape, share, size
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.plan.option_formats import FORMATS
from basicsr_weightcheck.plan.overrides import as_argument
from basicsr_weightcheck.records.findings import (
    ERROR,
    INFO,
    WARNING,
    Conversion,
    Finding,
    OptionEdit,
    Recommendation,
)
from basicsr_weightcheck.records.outcomes import PREDICTED, Difference, Outcome
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.sources import DERIVED, NetworkSources
from basicsr_weightcheck.report.look_words import look_lines
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.report.table_names import counted_table
from basicsr_weightcheck.report.verdict_words import severity_word, verdict_text
from basicsr_weightcheck.rules.catalog import message, sentence, what_to_do
from basicsr_weightcheck.version import __version__

SHOWN_ROWS = 12
SHOWN_SHAPES = 4
LABEL_COLUMNS = 26
FINDING_STYLES = {ERROR: 'bad', WARNING: 'warn', INFO: 'dim'}


def outline(report: CheckReport, lang: str) -> List[Line]:
    """The whole check, for the terminal and the recommendation."""
    lines = [*_head(report, lang)]
    for load in report.loads:
        lines += [Line(''), *_load(load, lang)]
        if load.look is not None:
            lines += [Line(''), *look_lines(load.look, lang)]
    lines += _networks(report, lang)
    if report.findings:
        lines += [Line(''), Line(label('findings', lang), 'title')]
        for finding in report.findings:
            lines += _finding(finding, lang)
    lines += _recommendation(report, lang)
    return lines


def _head(report: CheckReport, lang: str) -> Iterator[Line]:
    yield Line(f'basicsr-weightcheck {__version__} · {report.plan.options.path}', 'title')
    framework = report.plan.framework
    if not framework.is_found:
        text = label('no-framework', lang)
    else:
        version = report.rehearsal.framework_version if report.rehearsal else framework.version
        text = ' '.join(part for part in (title_of(framework), version) if part)
        model = report.plan.model_type
        text += f' · {model}' if model else ''
    yield _pair('framework', text, lang, indent=0)
    style = 'good' if report.verdict in ('ready', 'nothing-to-load', 'ready-partly') else 'bad'
    style = 'warn' if is_optional(report) or style == 'good' and doubt(report) else style
    yield _pair('verdict', verdict_text(report, lang), lang, style, indent=0)


def _networks(report: CheckReport, lang: str) -> Iterator[Line]:
    """What every network starts on, whichever code put it there."""
    if not report.sources or report.rehearsal is None or report.rehearsal.stop is not None:
        return  # a training that stops starts on nothing
    yield Line('')
    yield Line(label('networks', lang), 'title')
    for sources in report.sources:
        yield _named(sources.network, network_text(sources, lang))


def network_text(sources: NetworkSources, lang: str) -> str:
    """Counts and files of one network; 'random' where nothing is from a file."""
    if not sources.files:
        return label('starts-random', lang)
    coverage = sources.coverage
    text = label(
        'network-line',
        lang,
        tensors=count(coverage.tensors_loaded),
        all_tensors=count(coverage.tensors_expected),
        share=share(coverage.parameter_fraction),
        files=files_text(sources, lang),
    )
    return text + parts_text(sources, lang)


def files_text(sources: NetworkSources, lang: str) -> str:
    """The files of one network with their tables, in order of use."""
    return ', '.join(
        f'{os.path.basename(path)}[{table or label("table-root", lang)}]'
        for path, table in sources.files
    )


def parts_text(sources: NetworkSources, lang: str) -> str:
    """What of a network comes from its files in part only, or computed; '' where nothing does."""
    text = ''
    if sources.partial:
        text += label('in-part', lang, count=count(len(sources.partial)), key=sources.partial[0][0])
    derived = [one.key for one in sources.tensors if one.kind == DERIVED]
    if derived:
        text += label('derived', lang, count=count(len(derived)), key=derived[0])
    return text


def _load(load: LoadReport, lang: str) -> Iterator[Line]:
    step = load.step
    yield Line(f'{step.network} · {step.network_type} ← {step.load_path}', 'title')
    if load.header is not None:
        tables = [
            counted_table(name, len(table.tensors), lang)
            for name, table in load.header.tables.items()
        ]
        shown = f'{load.header.container}, {size(load.header.file_bytes)}'
        shown += ' · ' + label('tables', lang, names=', '.join(tables) or '-')
        yield _pair('file', shown, lang)
    if load.configured is not None:
        yield _pair('as-is', as_is_text(load, load.configured, lang), lang, _style(load))
    for name, outcome in (('strict-true', load.strict_true), ('strict-false', load.strict_false)):
        if outcome is not None:
            yield _pair(name, outcome_text(outcome, lang), lang)
    answer = {True: 'yes', False: 'no', None: 'unknown'}[load.must_be_false]
    yield _pair('must-be-false', label(answer, lang), lang)
    if load.difference is not None:
        name = 'loaded' if load.coverage is not None else 'fits'
        yield _pair(name, loaded_line(load, load.difference, lang), lang)
    for finding in load.findings:
        yield from _finding(finding, lang)
    if load.difference is not None:
        whole = load.header is None or load.header.complete
        yield from _rows(load.difference, 'missing' if whole else 'missing-cut', lang)


def as_is_text(load: LoadReport, outcome: Outcome, lang: str) -> str:
    """What the call does, and the options that it is made with."""
    step = load.step
    options = []
    if step.strict_option:
        value = repr(step.strict_configured)
        if isinstance(step.strict_configured, bool):
            value = value.lower()
        elif step.strict_configured is None:
            value = label('blank', lang)
        options.append(f'{step.strict_option.split(".")[-1]}: {value}')
    key = step.key_configured
    options.append(
        f'{step.key_option.split(".")[-1] or "param_key"}: {"~" if key is None else key}'
    )
    return label('beside', lang, name=outcome_text(outcome, lang), text=', '.join(options))


def outcome_text(outcome: Outcome, lang: str) -> str:
    """What a call does, in a few words."""
    if outcome.loads is None:
        return label('unknown', lang)
    text = label('loads', lang) if outcome.loads else label('stops', lang, error=outcome.error)
    return text + (f' [{label("predicted", lang)}]' if outcome.by == PREDICTED else '')


def _style(load: LoadReport) -> str:
    return 'good' if load.configured is not None and load.configured.loads else 'bad'


def loaded_line(load: LoadReport, difference: Difference, lang: str) -> str:
    """Counts of tensors and parameters that the file gives, and their share."""
    coverage = load.coverage or difference.coverage
    return label(
        'loaded-line',
        lang,
        tensors=count(coverage.tensors_loaded),
        all_tensors=count(coverage.tensors_expected),
        parameters=count(coverage.parameters_loaded),
        all_parameters=count(coverage.parameters_expected),
        share=share(coverage.parameter_fraction),
    )


def _rows(difference: Difference, missing: str, lang: str) -> Iterator[Line]:
    for name, groups, total in (
        (missing, difference.missing_groups, len(difference.missing)),
        ('unexpected', difference.unexpected_groups, len(difference.unexpected)),
        ('mismatched', difference.mismatched_groups, len(difference.mismatched)),
    ):
        if not total:
            continue
        yield Line(said_of(name, count(total), lang), 'warn', 2)
        rows = fold_endings(groups)
        width = max(columns(row.pattern) for row in rows[:SHOWN_ROWS])
        for row in rows[:SHOWN_ROWS]:
            padding = ' ' * (width - columns(row.pattern))
            text = f'{row.pattern}{padding} × {row.count:<4} '
            yield Line(text + _shapes(row), '', 4, columns(text))
        if len(rows) > SHOWN_ROWS:
            yield Line(label('more', lang, count=len(rows) - SHOWN_ROWS), 'dim', 4)


def _shapes(row: Ending) -> str:
    sides = [_side(side) for side in (row.expected, row.found) if side]
    return ' / '.join(sides)


def _side(shapes: Sequence[Tuple[int, ...]]) -> str:
    text = ' '.join(shape(one) for one in shapes[:SHOWN_SHAPES])
    return text + (' …' if len(shapes) > SHOWN_SHAPES else '')


def _finding(finding: Finding, lang: str) -> Iterator[Line]:
    place = label('at-line', lang, line=finding.line) if finding.line else ''
    title = sentence(finding.code, lang).title
    text = f'{severity_word(finding, lang)} {finding.code} {title}{place}'
    yield Line(text, FINDING_STYLES[finding.severity], 2)
    yield Line(message(finding, lang), '', 4)
    yield Line(f'→ {what_to_do(finding, lang)}', '', 4, 2)


def _recommendation(report: CheckReport, lang: str) -> Iterator[Line]:
    together = report.recommendation
    yield Line('')
    yield Line(label('recommendation', lang), 'title')
    if together is None:
        fine = report.verdict in ('ready', 'ready-partly', 'nothing-to-load') and not doubt(report)
        yield Line(label('none-needed' if fine else 'no-recommendation', lang), '', 2)
        yield from _alternatives(report, lang)
        return
    for conversion in conversions(report):
        yield Line(f'{label("convert-with", lang)}:', '', 2)
        yield Line(conversion.command, 'verbatim', 4)
    if together.diff:
        for text in together.diff.splitlines():
            yield Line(text, {'+': 'good', '-': 'bad'}.get(text[:1], 'dim') + ' verbatim', 4)
    else:
        for edit in together.edits:
            yield Line(edit_text(edit, report, lang), 'verbatim', 4)
    yield proof_line(report, lang)
    yield from _alternatives(report, lang)


def conversions(report: CheckReport) -> Tuple[Conversion, ...]:
    """Those of the recommendation, each once, in the order of the loads."""
    wanted = [one.recommendation.conversion for one in report.loads if one.recommendation]
    wanted += [one.conversion for one in report.nested]
    return tuple({one.command: one for one in wanted if one is not None}.values())


def edit_text(edit: OptionEdit, report: CheckReport, lang: str) -> str:
    """One edit where no diff can be shown."""
    if report.plan.options.is_overridden(edit.option):
        return argument_text(edit, report, lang)
    place = f'{edit.option} -> {edit.becomes}' if edit.becomes else edit.option
    after = label('edit-removed', lang) if edit.removed else value_text(edit.after, report)
    return f'{place}: {value_text(edit.before, report)} -> {after}'


def argument_text(edit: OptionEdit, report: CheckReport, lang: str) -> str:
    """An edit of what --force_yml gives: the argument as it has to be."""
    if edit.removed:
        return label('argument-removed', lang, argument=as_argument(edit.option))
    after = '~' if edit.after is None else value_text(edit.after, report)
    return label('argument-changed', lang, argument=as_argument(edit.target, after))


def value_text(value: Any, report: CheckReport) -> str:
    """A value of an option as it stands in an option file of this training."""
    if value is None:
        return report.plan.options.nothing or '-'
    return FORMATS[report.plan.options.format].value(value)


def _alternatives(report: CheckReport, lang: str) -> Iterator[Line]:
    for other, facts in other_ways(report):
        command = other.conversion.command if other.conversion is not None else ''
        words = 'alternative-with' if command else 'alternative-keep'
        yield Line(f'{label(words, lang, **facts)}:', '', 2)
        if command:
            yield Line(command, 'verbatim', 4)
        for edit in other.edits:
            yield Line(edit_text(edit, report, lang), 'verbatim', 4)


def other_ways(report: CheckReport) -> Iterator[Tuple[Recommendation, Dict[str, str]]]:
    """Other ways than the recommended one, each once, with `share` and `network` of the first."""
    seen = set()
    for load in report.loads:
        other = load.alternative
        if other is None or other.proof is None:
            continue
        way = (other.conversion.command if other.conversion is not None else '', other.edits)
        if way not in seen:
            seen.add(way)
            given = share(other.proof.parameter_fraction)
            yield other, {'share': given, 'network': load.step.network}


def proof_line(report: CheckReport, lang: str) -> Line:
    """Whether the recommendation was rehearsed, and what then loads."""
    proof = report.recommendation.proof if report.recommendation is not None else None
    if proof is None or not proof.loads:
        return Line(label('not-proven', lang), 'warn', 2)
    text = label('proven', lang, share=share(proof.parameter_fraction), network=proof.network)
    return Line(text, 'good', 2)


def _pair(key: str, value: str, lang: str, style: str = '', *, indent: int = 2) -> Line:
    return _named(label(key, lang), value, style, indent)


def _named(name: str, value: str, style: str = '', indent: int = 2) -> Line:
    """A name and what it has, which stays below itself where it is wrapped."""
    head = f'{name}{" " * max(1, LABEL_COLUMNS - columns(name))}'
    return Line(head + value, style, indent, columns(head))
