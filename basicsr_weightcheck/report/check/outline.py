"""All that a check says, as lines with a style name; the renderers only dress them."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Optional, Tuple

from basicsr_weightcheck.advice.verdict import decisive, doubt, is_optional, leading
from basicsr_weightcheck.compare.key_names import Ending, fold_endings
from basicsr_weightcheck.messages.lookup import label, said_of
from basicsr_weightcheck.messages.numbers import count, share, size
from basicsr_weightcheck.messages.of_options import VALUES, as_argument
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.records.findings import (
    ERROR,
    SEVERITIES,
    Conversion,
    Finding,
    OptionEdit,
    Recommendation,
)
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.sources import DERIVED, NetworkSources
from basicsr_weightcheck.records.tensors import PREDICTED, CheckpointHeader, Outcome
from basicsr_weightcheck.report.check.words import (
    FINDING_STYLES,
    STARTS,
    look_lines,
    severity_word,
    verdict_text,
)
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.report.page_to_text import render_page
from basicsr_weightcheck.report.table_names import (
    aligned,
    counted_table,
    coverage_facts,
    loaded_line,
    shapes_text,
    shown_table,
)
from basicsr_weightcheck.rules.catalog import message, title_of, what_to_do
from basicsr_weightcheck.version import __version__

SHOWN_ROWS = 12
SHOWN_SHAPES = 4
LABEL_COLUMNS = 26


def render_text(report: CheckReport, lang: str, colour: bool = False, width: int = 100) -> str:
    """The whole check as lines without an end.

    Args:
        lang: 'en' or 'zh'.
        colour: escape codes for a terminal, where rich is installed.
        width: columns; wide characters count as two.
    """
    return render_page(tuple(outline(report, lang)), colour, width)


def outline(report: CheckReport, lang: str) -> List[Line]:
    """The whole check, for the terminal and the recommendation."""
    lines = [*_head(report, lang)]
    for load in report.loads:
        lines += [Line(''), *_load(load, lang)]
        if load.look is not None:
            lines += [Line(''), *look_lines(load.look, lang)]
    told = [_named(name, text) for name, text in networks(report, lang)]
    if told:
        lines += [Line(''), Line(label('networks', lang), 'title'), *told]
    if report.findings:
        lines += [Line(''), Line(label('findings', lang), 'title')]
        for finding in report.findings:
            lines += _finding(finding, lang)
    lines += _recommendation(report, lang)
    return lines


def _head(report: CheckReport, lang: str) -> Iterator[Line]:
    yield Line(f'basicsr-weightcheck {__version__} · {report.plan.options.path}', 'title')
    text, model = framework_text(report, lang), report.plan.model_type
    text += f' · {model}' if model and report.plan.framework.is_found else ''
    yield _pair('framework', text, lang, indent=0)
    style = 'good' if report.verdict in STARTS else 'bad'
    style = 'warn' if is_optional(report) or style == 'good' and doubt(report) else style
    yield _pair('verdict', verdict_text(report, lang), lang, style, indent=0)


def framework_text(report: CheckReport, lang: str) -> str:
    """Its title and version: what the imported package says of itself, else what it looks like."""
    framework = report.plan.framework
    if not framework.is_found:
        return label('no-framework', lang)
    version = report.rehearsal.framework_version if report.rehearsal.was_run else framework.version
    return ' '.join(part for part in (framework.title or framework.name, version) if part)


def networks(report: CheckReport, lang: str) -> Iterator[Tuple[str, str]]:
    """(network, what it starts on, whichever code put it there).

    None where the training stops: what stops starts on nothing.
    """
    if report.rehearsal.stop is None:
        for sources in report.sources:
            yield sources.network, _network_text(sources, lang)


def _network_text(sources: NetworkSources, lang: str) -> str:
    if not sources.files:
        return label('starts-random', lang)
    files = ', '.join(
        f'{os.path.basename(path)}[{shown_table(table, lang)}]' for path, table in sources.files
    )
    facts = coverage_facts(sources.coverage)
    return label('network-line', lang, files=files, **facts) + parts_text(sources, lang)


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
        tables = ', '.join(header_tables(load.header, lang)) or '-'
        shown = f'{load.header.container}, {size(load.header.file_bytes)}'
        yield _pair('file', f'{shown} · {label("tables", lang, names=tables)}', lang)
    runs = load.configured.loads
    # Only the call that the training makes is good or bad; the others were made to know.
    styles = {'as-is': 'good' if runs else 'bad'}
    for name, text, _ in answers(load, lang):
        yield _pair(name, text, lang, styles.get(name, ''))
    if load.difference is not None:
        name = 'loaded' if load.coverage is not None else 'fits'
        yield _pair(name, loaded_line(load.coverage or load.difference.coverage, lang), lang)
    for finding in load.findings:
        yield from _finding(finding, lang)
    yield from _rows(load, lang)


def header_tables(header: CheckpointHeader, lang: str) -> List[str]:
    """The tables of a file, each with the number of its tensors."""
    return [counted_table(name, len(one.tensors), lang) for name, one in header.tables.items()]


def answers(load: LoadReport, lang: str) -> Iterator[Tuple[str, str, Optional[Outcome]]]:
    """(key of its label, what it says, the outcome that says so) of each way to make the call."""
    if load.configured.was_tried:
        yield 'as-is', _as_is(load, load.configured, lang), load.configured
    for name, outcome in (('strict-true', load.strict_true), ('strict-false', load.strict_false)):
        if outcome.was_tried:
            yield name, outcome_text(outcome, lang), outcome
    answer = {True: 'yes', False: 'no', None: 'unknown'}[load.must_be_false]
    yield 'must-be-false', label(answer, lang), None


def _as_is(load: LoadReport, outcome: Outcome, lang: str) -> str:
    """What the call does, and the options that it is made with."""
    step, options = load.step, []
    if step.strict_option:
        value = repr(step.strict_configured)
        if isinstance(step.strict_configured, bool):
            value = value.lower()
        elif step.strict_configured is None:
            value = label('blank', lang)
        options.append(f'{step.strict_option.split(".")[-1]}: {value}')
    # As a YAML writes it: `~` is None, and without the option load_network takes its own default.
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


def _rows(load: LoadReport, lang: str) -> Iterator[Line]:
    """The keys that make the difference, folded."""
    if load.difference is None:
        return
    difference = load.difference
    # A file that is cut off may have had the rest.
    whole = not load.is_cut
    for name, groups, keys in (
        ('missing' if whole else 'missing-cut', difference.missing_groups, difference.missing),
        ('unexpected', difference.unexpected_groups, difference.unexpected),
        ('mismatched', difference.mismatched_groups, difference.mismatched),
    ):
        if keys:
            yield Line(said_of(name, count(len(keys)), lang), 'warn', 2)
        rows = fold_endings(groups)
        for row, pattern in zip(rows, aligned([row.pattern for row in rows[:SHOWN_ROWS]])):
            yield _row(row, pattern)
        if len(rows) > SHOWN_ROWS:
            yield Line(label('more', lang, count=len(rows) - SHOWN_ROWS), 'dim', 4)


def _row(row: Ending, pattern: str) -> Line:
    text = f'{pattern} × {row.count:<4} '
    sides = [shapes_text(one, SHOWN_SHAPES) for one in (row.expected, row.found) if one]
    return Line(text + ' / '.join(sides), '', 4, columns(text))


def _finding(finding: Finding, lang: str) -> Iterator[Line]:
    place = label('at-line', lang, line=finding.line) if finding.line else ''
    title = title_of(finding.code, lang)
    text = f'{severity_word(finding, lang)} {finding.code} {title}{place}'
    yield Line(text, FINDING_STYLES[finding.severity], 2)
    yield Line(message(finding, lang), '', 4)
    yield Line(f'→ {what_to_do(finding, lang)}', '', 4, 2)


def _recommendation(report: CheckReport, lang: str) -> Iterator[Line]:
    together = report.recommendation
    yield Line('')
    yield Line(label('recommendation', lang), 'title')
    if not together.is_needed:
        fine = report.verdict in STARTS and not doubt(report)
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
    wanted = [one.recommendation.conversion for one in report.loads]
    # A network may load a file by itself, and that file may have to be converted, too.
    wanted += [one.conversion for one in report.nested]
    return tuple({one.command: one for one in wanted if one.is_needed}.values())


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
    return VALUES[report.plan.options.format](value)


def _alternatives(report: CheckReport, lang: str) -> Iterator[Line]:
    for other, facts in other_ways(report):
        command = other.conversion.command
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
        way = other.conversion.command, other.edits
        if other.is_needed and way not in seen:
            seen.add(way)
            given = share(other.proof.parameter_fraction)
            yield other, {'share': given, 'network': load.step.network}


def proof_line(report: CheckReport, lang: str) -> Line:
    """Whether the recommendation was rehearsed, and what then loads."""
    proof = report.recommendation.proof
    if not proof.loads:
        return Line(label('not-proven', lang), 'warn', 2)
    text = label('proven', lang, share=share(proof.parameter_fraction), network=proof.network)
    return Line(text, 'good', 2)


def _pair(key: str, value: str, lang: str, style: str = '', *, indent: int = 2) -> Line:
    return _named(label(key, lang), value, style, indent)


def _named(name: str, value: str, style: str = '', indent: int = 2) -> Line:
    """A name and what it has, which stays below itself where it is wrapped."""
    head = f'{name}{" " * max(1, LABEL_COLUMNS - columns(name))}'
    return Line(head + value, style, indent, columns(head))


IMPORT_REPAIRED = 'WC504'


def todo(report: CheckReport, lang: str) -> str:
    """The one thing to do, in one or two sentences."""
    finding = decisive(report) or (doubt(report) if report.verdict == 'ready' else None)
    if finding is not None:
        return what_to_do(finding, lang)
    if report.verdict in STARTS:
        facts = {'start': _start(report, 'html-start', lang), 'share': share(1 - _least(report))}
        return label(f'html-todo-{report.verdict}', lang, **facts)
    if report.recommendation.is_needed and report.verdict in ('convert', 'change-options'):
        if report.recommendation.conversion.is_needed:
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
        title = title_of(error.code, lang)
        return label('html-check-again-for', lang, code=error.code, title=title)
    if not report.recommendation.proof.loads:
        return label('html-check-again', lang)
    return _start(report, 'html-then-start', lang)
