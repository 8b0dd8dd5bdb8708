"""The first screen of a check, and the check as one line or as a row."""

from __future__ import annotations

import os
from typing import Dict, Iterable, Iterator, List, NamedTuple, Sequence, Set, Tuple

from basicsr_weightcheck.advice.verdict import doubt, is_optional, leading
from basicsr_weightcheck.compare.key_names import fold_endings, group_keys
from basicsr_weightcheck.messages.lookup import clean_line, label
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.records.findings import (
    ERROR,
    INFO,
    SEVERITIES,
    WARNING,
    Finding,
    OptionEdit,
)
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.sources import NetworkSources
from basicsr_weightcheck.records.tensors import PREDICTED, Coverage
from basicsr_weightcheck.report.check.outline import (
    argument_text,
    conversions,
    other_ways,
    parts_text,
    todo,
    value_text,
)
from basicsr_weightcheck.report.check.words import (
    FINDING_STYLES,
    STARTS,
    look_lines,
    severity_word,
    verdict_text,
)
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.report.page_to_text import dressed, render_page, wrapped
from basicsr_weightcheck.report.table_names import aligned, coverage_facts
from basicsr_weightcheck.rules.catalog import message, title_of, what_to_do

ROWS = 18  # of a terminal with 24: the prompt, the command and what comes after it stay in sight
VERDICT_COLUMNS = 47
PLACE_COLUMNS = 4
MOST_ERRORS = 8
MOST_PATTERNS = 3
MOST_NAMES = 2
MESSAGE_ROWS = 3
MARKS = {'ready': '✓', 'ready-partly': '!', 'nothing-to-load': '!', 'could-not-check': '?'}
# About this machine, not about the weights: their documentation says what to do.
OF_ENVIRONMENT = ('WC504', 'WC506', 'WC527', 'WC551', 'WC560')
_CONVERSION = 'WC216'  # says what the line with the other way says


def render_first(
    report: CheckReport,
    lang: str,
    colour: bool = False,
    width: int = 100,
    *,
    written: Sequence[str] = (),
    applied: bool = False,
) -> str:
    """What to know and to do, in at most `ROWS` rows of the terminal but for very long paths.

    Verdict, the one thing to do, what was tried, networks, the first look, notes, where the rest
    stands. Where that is too much, the least of it is counted instead; up to `MOST_ERRORS` errors
    always have a line.

    Args:
        report, lang, colour, width: as of `outline.render_text`.
        written: report files that hold the rest, the first of them or a page before all.
        applied: the recommended change of the options is made by the same command.
    """
    parts = [
        _Part([[one] for one in _head(report, lang, width)]),
        _Part(_unusable(report, lang), MOST_NAMES),
        _Part(_conversions(report, lang), 1),
        _Part(_edits(report, lang, width), 2),
        _Part([[one] for one in _advice(report, lang, applied)]),
        _Part(_networks(report, lang, width), 2),
        _Part(_looks(report, lang), 2),
        _Part(*_notes(report, lang, width)),
        _Part([[_where(written, lang, width)]]),
    ]
    lines = tuple(line for part in _fitted(parts, width) for line in part.lines(lang))
    return render_page(lines, colour, width)


def render_line(report: CheckReport, lang: str, colour: bool = False) -> str:
    """The check as one line: mark, options, verdict, and the change where it is a single one."""
    mark, style = _mark(report)
    text = f'{mark} {report.plan.options.path}: {_verdict(report, lang)}'
    edits = report.recommendation.edits
    if len(edits) == 1 and not conversions(report):
        text += label('first-and', lang) + _edit(edits[0], report, lang)
    return dressed(clean_line(text), style, colour)


def row(report: CheckReport, lang: str) -> Tuple[str, ...]:
    """The check in a table of many: options, verdict, least share that loads, what to do."""
    least = report.least_fraction
    steps = [item[0].text for item in _unusable(report, lang) + _conversions(report, lang)]
    steps += [_edit(one, report, lang) for one in report.recommendation.edits]
    if not steps and report.verdict not in ('ready', 'nothing-to-load'):
        steps = [todo(report, lang)]
    more = label('checks-more', lang, count=count(len(steps) - 1)) if len(steps) > 1 else ''
    return (
        clean_line(report.plan.options.path),
        f'{_mark(report)[0]} {label(f"short-{report.verdict}", lang)}',
        share(least) if least is not None else '–',
        clean_line(''.join(steps[:1]) + more),
    )


class _Part(NamedTuple):
    """A part of the first screen.

    Attributes:
        items: the lines of each thing it tells, the most important first.
        least: how many of them stay, whatever else there is; 0 for all.
        left: how many have been left out at its end.
    """

    items: List[List[Line]]
    least: int = 0
    left: int = 0

    @property
    def can_shrink(self) -> bool:
        return bool(self.least) and len(self.items) > self.least

    def lines(self, lang: str) -> Iterator[Line]:
        for item in self.items:
            yield from item
        if self.left:
            yield Line(label('first-more', lang, count=count(self.left)), 'dim', 2)


def _fitted(parts: List[_Part], width: int) -> List[_Part]:
    """The parts, shortened from the last to the first until they fit.

    What has to stay is told in a line each where even that is too much.
    """
    while _height(parts, width) > ROWS:
        shrinkable = [at for at, part in enumerate(parts) if part.can_shrink]
        if not shrinkable:
            return [
                part._replace(items=[item[:1] for item in part.items]) if part.least else part
                for part in parts
            ]
        part = parts[shrinkable[-1]]
        shorter = part._replace(items=part.items[:-1], left=part.left + 1)
        parts = [shorter if one is part else one for one in parts]
    return parts


def _height(parts: Sequence[_Part], width: int) -> int:
    lines = (line for part in parts for item in part.items for line in item)
    return sum(_rows(line, width) for line in lines) + sum(bool(part.left) for part in parts)


def _rows(line: Line, width: int) -> int:
    """Rows of the terminal, which breaks what is not wrapped."""
    return sum(max(1, -(-columns(text) // width)) for text in wrapped(line, width))


def _mark(report: CheckReport) -> Tuple[str, str]:
    warned = any(one.severity == WARNING for one in report.all_findings)
    if is_optional(report) or report.verdict == 'ready' and warned:
        return '!', 'warn'
    return MARKS.get(report.verdict, '✗'), STARTS.get(report.verdict, 'bad')


def _verdict(report: CheckReport, lang: str) -> str:
    return verdict_text(report, lang).rstrip('.。')


def _head(report: CheckReport, lang: str, width: int) -> Iterator[Line]:
    mark, style = _mark(report)
    text = f'{mark} {_verdict(report, lang)}'
    path = report.plan.options.path
    padded = text + ' ' * (VERDICT_COLUMNS - columns(text))
    if columns(padded) + 2 + columns(path) <= width:
        yield Line(f'{padded}  {path}', style)
    else:
        yield Line(path, 'title')
        yield Line(text, style, 0, 2)


def _unusable(report: CheckReport, lang: str) -> List[List[Line]]:
    """Files that the verdict is about and no recommendation mends, and what to do about each."""
    if not report.recommendation.is_needed:
        return []  # the advice is about the first, and its finding says which it is
    paths = {load.step.network: load.step.load_path for load in report.loads}
    firsts: Dict[str, Finding] = {}
    for finding in leading(report):
        firsts.setdefault(os.path.basename(paths[finding.network]), finding)
    return [
        [Line(f'→ {name}: {what_to_do(finding, lang)}', '', PLACE_COLUMNS, 2)]
        for name, finding in firsts.items()
    ]


def _conversions(report: CheckReport, lang: str) -> List[List[Line]]:
    return [
        [Line(f'{label("first-run", lang)} {one.command}', 'verbatim', PLACE_COLUMNS)]
        for one in conversions(report)
    ]


def _edits(report: CheckReport, lang: str, width: int) -> List[List[Line]]:
    items = []
    for one in report.recommendation.edits:
        line = Line(_edit(one, report, lang), '', PLACE_COLUMNS, 4)
        before, arrow, after = line.text.partition(' → ')
        if arrow and _rows(line, width) > 1:
            new = Line(f'→ {after}', '', PLACE_COLUMNS + 4)
            items.append([line._replace(text=before), new])
        else:
            items.append([line])
    return items


def _edit(edit: OptionEdit, report: CheckReport, lang: str) -> str:
    """'line 16: strict_load_g: true → false'; the whole place where the line does not tell it."""
    if report.plan.options.is_overridden(edit.option):
        return argument_text(edit, report, lang)
    old, new = edit.option.rpartition('.')[2], edit.target.rpartition('.')[2]
    same_section = edit.option.rpartition('.')[0] == edit.target.rpartition('.')[0]
    after = label('edit-removed', lang) if edit.removed else value_text(edit.after, report)
    if not edit.line:
        return label('first-new', lang, change=f'{edit.target}: {after}')
    if edit.becomes:
        change = f'{old} → {new if same_section else edit.target}: {after}'
    else:
        change = f'{old}: {value_text(edit.before, report)} → {after}'
    return label('first-line', lang, line=edit.line, change=change)


def _advice(report: CheckReport, lang: str, applied: bool) -> Iterator[Line]:
    """How to make the change, what it was seen to do; without one what to do instead."""
    together = report.recommendation
    if not together.is_needed:
        if report.verdict != 'ready' or doubt(report) is not None:
            yield Line(f'→ {todo(report, lang)}', '', PLACE_COLUMNS, 2)
        error = _stops_with(report)
        if error:
            yield Line(label('first-stops', lang, error=error), 'bad', PLACE_COLUMNS)
        return
    if together.edits and not applied:
        yield Line(label(_way_to_change(report), lang), 'dim', PLACE_COLUMNS)
    tried = label('first-and', lang).join(_tried(report, lang))
    yield Line(tried, 'good' if together.proof.loads else 'warn', PLACE_COLUMNS, 2)
    yield from _other_ways(report, lang)


def _way_to_change(report: CheckReport) -> str:
    """Key of the words that say how the edits are made."""
    if report.plan.options.overridden:
        return 'first-argument'
    if not report.recommendation.diff:
        return 'first-by-hand'
    return 'first-then' if conversions(report) else 'first-apply'


def _tried(report: CheckReport, lang: str) -> Iterator[str]:
    """What the change gives, and what happens without it."""
    proof = report.recommendation.proof
    if not proof.loads:
        yield label('not-proven', lang)
        return
    then = share(proof.parameter_fraction)
    yield label('first-tried', lang, share=then, network=proof.network)
    error = _stops_with(report)
    now = [share(report.fraction(one)) for one in report.loads if one.step.network == proof.network]
    if error:
        yield label('first-stops', lang, error=error)
    elif now[:1] not in ([], [then]) and not any(one.severity == ERROR for one in report.findings):
        yield label('first-loads', lang, share=now[0])


def _stops_with(report: CheckReport) -> str:
    """The exception that ends the training as it is, '' where it was not seen to end."""
    stop = report.rehearsal.stop
    if stop is not None:
        return stop.error
    outcomes = [load.configured for load in report.loads]
    return next((one.error for one in outcomes if one.loads is False), '')


def _other_ways(report: CheckReport, lang: str) -> Iterator[Line]:
    """Other ways than the recommended one; the whole command is told with the rest."""
    for other, facts in other_ways(report):
        if other.conversion.is_needed:
            steps = (step.partition(':') for step in other.conversion.steps)
            words = [f'--{name} {value}'.strip() for name, _, value in steps if name != 'take']
            how = f'convert … {" ".join(words)}'
        else:
            how = ', '.join(_edit(edit, report, lang) for edit in other.edits)
        yield Line(label('first-or', lang, how=how, **facts), '', PLACE_COLUMNS, 2)


def _networks(report: CheckReport, lang: str, width: int) -> List[List[Line]]:
    """What each network starts on; of a training that stops, what the file of each load gives."""
    rows: Dict[Tuple[str, ...], List[str]] = {}
    for network, texts in _network_texts(report, lang):
        rows.setdefault(tuple(texts), []).append(network)
    names = aligned([_names(networks) for networks in rows.values()])
    items = []
    for name, told in zip(names, rows):
        broad = columns(name)
        head, *rest = _joined(told, width - broad - PLACE_COLUMNS)
        lines = [Line(f'{name}  {head}', '', 2, broad + 2)]
        items.append(lines + [Line(text, '', broad + PLACE_COLUMNS, 2) for text in rest])
    return items


def _names(networks: Sequence[str]) -> str:
    shown = ', '.join(networks[:MOST_NAMES])
    return shown if len(networks) <= MOST_NAMES else f'{shown}, … ({count(len(networks))})'


def _joined(texts: Sequence[str], width: int) -> List[str]:
    """The texts side by side where all of them have the room, else those behind the first."""
    whole, rest = '   '.join(texts), '   '.join(texts[1:])
    if columns(whole) <= width:
        return [whole]
    return [texts[0], rest] if rest and columns(rest) <= width else list(texts)


def _network_texts(report: CheckReport, lang: str) -> Iterator[Tuple[str, List[str]]]:
    if report.sources and report.rehearsal.stop is None:
        for sources in report.sources:
            loads = [load for load in report.loads if report.final(load) is sources]
            yield sources.network, list(_of_sources(sources, loads, lang))
        return
    for load in report.loads:
        yield load.step.network, list(_of_load(load, lang))


def _of_sources(sources: NetworkSources, loads: Sequence[LoadReport], lang: str) -> Iterator[str]:
    if not sources.files:
        yield label('starts-random', lang)
        return
    files = ', '.join(_place(path, table) for path, table in sources.files)
    yield _counts('first-from', sources.coverage, files, lang) + parts_text(sources, lang)
    dropped: List[str] = []
    resized: List[str] = []
    for load in loads:
        dropped += load.configured.unexpected
        resized += [one.key for one in load.difference.mismatched] if load.difference else ()
    yield from _states(sources.initial, dropped, set(resized), lang)


def _of_load(load: LoadReport, lang: str) -> Iterator[str]:
    path, difference = load.step.load_path, load.difference
    if difference is None:
        yield f'← {_place(path)}'
        return
    is_predicted = load.configured.by == PREDICTED
    words = 'first-from' if load.coverage is not None and not is_predicted else 'first-fits'
    coverage = load.coverage or difference.coverage
    yield _counts(words, coverage, _place(path, difference.table), lang)
    whole = not load.is_cut  # what was cut off may have the rest
    missing = difference.missing if coverage.tensors_loaded and whole else ()  # or 0 of n
    resized = [one.key for one in difference.mismatched]
    yield from _states((*missing, *resized), difference.unexpected, set(resized), lang)


def _place(path: str, table: str = '') -> str:
    """A file and its table; of tensors that stand in no table, the file."""
    name = os.path.basename(path)
    return f'{name}[{table}]' if table else name


def _counts(words: str, coverage: Coverage, files: str, lang: str) -> str:
    facts = coverage_facts(coverage)
    part = label('first-part', lang, **facts) if coverage.parameter_fraction < 1 else ''
    return label(words, lang, part=part, files=files, **facts)


def _states(
    initial: Sequence[str], dropped: Sequence[str], resized: Set[str], lang: str
) -> Iterator[str]:
    """A text for each state that keys are in; `initial` are those of other sizes, too."""
    for name, keys in (
        ('initial', [key for key in initial if key not in resized]),
        ('dropped', dropped),
        ('resized', [key for key in initial if key in resized]),
    ):
        if keys:
            yield label(f'first-{name}', lang, keys=_patterns(keys))


def _patterns(keys: Sequence[str]) -> str:
    """'*.attn.mdc_* (64), norm.* (2)': what most of the keys have in common, and how many."""
    root = os.path.commonprefix(list(keys)).rpartition('.')[0]
    if root and len(keys) > 1:
        return f'{root}.* ({count(len(keys))})'
    kinds: Dict[str, Dict[str, int]] = {}
    for row in fold_endings(group_keys(keys, {}, {})):
        head = '.'.join(row.pattern.split('.')[: 2 if row.pattern.startswith('*.') else 1])
        kinds.setdefault(head, {})[row.pattern] = row.count
    ranked = sorted(kinds.values(), key=lambda kind: -sum(kind.values()))
    shown = [f'{_common(kind)} ({count(sum(kind.values()))})' for kind in ranked[:MOST_PATTERNS]]
    left = sum(number for kind in ranked[MOST_PATTERNS:] for number in kind.values())
    return ', '.join([*shown, *([f'… ({count(left)})'] if left else [])])


def _common(kind: Iterable[str]) -> str:
    patterns = list(kind)
    return patterns[0] if len(patterns) == 1 else os.path.commonprefix(patterns) + '*'


def _looks(report: CheckReport, lang: str) -> List[List[Line]]:
    looks = [load.look for load in report.loads if load.look is not None]
    return [[line] for look in looks for line in look_lines(look, lang)]


def _notes(report: CheckReport, lang: str, width: int) -> Tuple[List[List[Line]], int]:
    """A line for each finding, the worst first, and how many of them have to stay.

    Where there is nothing to apply, the worst also says what was found.
    """
    alike: Dict[Line, List[Finding]] = {}
    for finding in _ranked(report):
        alike.setdefault(_note(finding, lang), []).append(finding)
    items: Dict[str, List[Line]] = {}
    for line, findings in alike.items():
        line = line._replace(text=line.text + _of_which(findings, lang))
        items[line.text] = [line]
        if len(items) == 1 and findings[0].severity != INFO and not report.recommendation.is_needed:
            items[line.text] += _message(findings[0], lang, width)
    errors = sum(item[0].style == FINDING_STYLES[ERROR] for item in items.values())
    return list(items.values()), max(1, min(errors, MOST_ERRORS))


def _ranked(report: CheckReport) -> List[Finding]:
    """The findings, the worst first; of equally bad ones first those of the verdict."""
    first = leading(report)
    findings = [*first, *(one for one in report.all_findings if one not in first)]
    if any(load.alternative.conversion.is_needed for load in report.loads):
        findings = [one for one in findings if one.code != _CONVERSION]
    return sorted(findings, key=_rank)


def _of_which(findings: Sequence[Finding], lang: str) -> str:
    """The networks, or else the options, of findings that read alike and are about several."""
    options = list(dict.fromkeys(one.option for one in findings if one.option))
    if len(options) < 2 or findings[0].line:
        return ''
    networks = list(dict.fromkeys(one.network for one in findings))
    return label('of-which', lang, names=_names(networks if all(networks) else options))


def _rank(finding: Finding) -> Tuple[int, bool]:
    about_machine = finding.severity == INFO and finding.code in OF_ENVIRONMENT
    return SEVERITIES.index(finding.severity), about_machine


def _note(finding: Finding, lang: str) -> Line:
    text = f'{severity_word(finding, lang)} {finding.code} {title_of(finding.code, lang)}'
    if finding.line:
        text += label('at-line', lang, line=finding.line)
    if finding.code in OF_ENVIRONMENT:
        text += label('first-explain', lang, code=finding.code)
    return Line(text, FINDING_STYLES[finding.severity], 2, 2)


def _message(finding: Finding, lang: str, width: int) -> Iterator[Line]:
    """What was found, as far as it has a place here."""
    whole = Line(message(finding, lang), '', PLACE_COLUMNS)
    rows = wrapped(whole, width - len(' …'))
    for at, text in enumerate(rows[:MESSAGE_ROWS]):
        more = at == MESSAGE_ROWS - 1 and len(rows) > MESSAGE_ROWS
        yield whole._replace(text=text.strip() + (' …' if more else ''), style='verbatim')


def _where(written: Sequence[str], lang: str, width: int) -> Line:
    """Where the rest stands: a file or, where its name is too long, its folder."""
    pages = [path for path in written if path.endswith('.html')]
    for path in [*pages, *written][:1]:
        for place in (path, os.path.join(os.path.dirname(path), '')):
            line = Line(label('first-written', lang, path=place), 'dim', 2, 2)
            if _rows(line, width) == 1:
                break
        return line
    return Line(label('first-details', lang), 'dim', 2)
