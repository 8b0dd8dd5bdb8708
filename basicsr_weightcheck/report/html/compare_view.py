"""Two files as a page; one against many; one file's tensors."""

from __future__ import annotations

from typing import Dict, Iterator, List, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import difference_number, shape
from basicsr_weightcheck.records.comparisons import STATES, Comparison, ValueDifference
from basicsr_weightcheck.report.compare_conclusion import conclusion_lines, summary_lines
from basicsr_weightcheck.report.compare_page import both_trouble_lines, side_lines
from basicsr_weightcheck.report.compare_values import value_lines
from basicsr_weightcheck.report.html.change_chart import change_chart, histogram
from basicsr_weightcheck.report.html.change_classes import class_names, tensor_class
from basicsr_weightcheck.report.html.from_page import blocks, unmarked
from basicsr_weightcheck.report.html.key_table import Columns, Entry, key_table
from basicsr_weightcheck.report.html.tiles import Tensor, treemap
from basicsr_weightcheck.report.html.view import Block, KeyTable, Note, PageView, Section, Treemap
from basicsr_weightcheck.report.page import Heading, Line, Table
from basicsr_weightcheck.version import __version__

ONLY_ONE, ONLY_OTHER, RESIZED, SHARED = 'only-one', 'only-other', 'resized', 'shared'
BY_CHECKSUM = 'by-checksum'


def compare_view(comparison: Comparison, lang: str) -> PageView:
    """The whole comparison."""
    return compare_top(comparison, lang)._replace(sections=tuple(_sections(comparison, lang)))


def compare_top(comparison: Comparison, lang: str) -> PageView:
    """Verdict, and what to do to load one file where the other is expected."""
    names = {'one': comparison.one.name, 'other': comparison.other.name}
    style, verdict = _verdict(comparison, lang)
    todo, actions = _conclusion(comparison, lang)
    for side in (comparison.other, comparison.one):
        todo = spoken(side.troubles.advice, lang) if side.troubles.unfit else todo
    troubles = tuple(blocks(both_trouble_lines(comparison, lang), lang))
    return PageView(
        lang=lang,
        title=label('cmp-title', lang, **names),
        subject=label('cmp-title', lang, **names),
        style=style,
        verdict=verdict,
        todo=todo,
        actions=(*troubles, *actions),
        sections=(),
        footer=f'basicsr-weightcheck {__version__}',
    )


def _verdict(comparison: Comparison, lang: str) -> Tuple[str, str]:
    sides = (comparison.one, comparison.other)
    if any(side.troubles.unfit for side in sides):
        code = any(side.troubles.code for side in sides)
        return 'bad', label('html-code' if code else 'html-refused', lang)
    if not comparison.same_structure:
        return 'bad', label('html-cmp-differ', lang)
    if any(comparison.rotten):
        return 'bad', label('html-cmp-rotten', lang)
    if comparison.same_values is None:
        return 'good', label('html-cmp-same-structure', lang)
    if comparison.same_values:
        said = 'html-cmp-by-checksum' if comparison.by_checksum else 'html-cmp-identical'
        return 'good', label(said, lang)
    return 'warn', label('html-cmp-other-values', lang)


def _conclusion(comparison: Comparison, lang: str) -> Tuple[str, Tuple[Block, ...]]:
    """The first sentence is what to do; the lines for the YAML follow."""
    elements = list(conclusion_lines(comparison, lang))
    reason = [one.text.split('\n', 1)[1:] for one in elements if isinstance(one, Heading)]
    first, *rest = [one for one in elements if not isinstance(one, Heading)]
    reasons = tuple(Note(text.strip()) for texts in reason for text in texts)
    return (first.text if isinstance(first, Line) else ''), (*reasons, *blocks(rest, lang))


def _sections(comparison: Comparison, lang: str) -> Iterator[Section]:
    notes = [Note(unmarked(line.text), line.style) for line in summary_lines(comparison, lang)]
    yield Section(label('html-summary', lang), (*notes, _treemap(comparison, lang)))
    charts = [change_chart(comparison, lang), histogram(comparison, lang)]
    drawn = tuple(chart for chart in charts if chart is not None)
    if drawn:
        yield Section(label('html-values', lang), (*drawn, *_values(comparison, lang)))
    yield Section(label('html-keys', lang), (_keys(comparison, lang),))
    yield Section(label('html-files', lang), tuple(blocks(side_lines(comparison, lang), lang)))


def _values(comparison: Comparison, lang: str) -> Iterator[Block]:
    """What the values say, without the table of the largest: the table of all keys has them."""
    lines = [one for one in value_lines(comparison, lang, False) if not isinstance(one, Table)]
    texts = [one for one in lines if isinstance(one, Line)]
    blank = next((at for at, line in enumerate(texts) if not line.text), len(texts))
    return blocks(texts[:blank], lang)


def _treemap(comparison: Comparison, lang: str) -> Treemap:
    names: Dict[str, str] = {
        SHARED: label('html-shared', lang),
        **class_names(lang),
        RESIZED: label('html-resized', lang),
        ONLY_ONE: label('html-only', lang, name=comparison.one.name),
    }
    values = {value.key: value for value in comparison.values or ()}
    matched = set(comparison.matched)
    resized = {one.key: one.found for one in comparison.mismatched}
    tensors: List[Tensor] = []
    for key, sizes in comparison.shapes:
        state = ONLY_ONE
        if key in resized:
            state = RESIZED
        elif key in matched:
            state = tensor_class(values[key]) if key in values else SHARED
        text = shape(sizes) + (f' / {shape(resized[key])}' if key in resized else '')
        if key in values and values[key].relative_l2 is not None:
            text += f' · {label("col-l2", lang)} {difference_number(values[key].relative_l2)}'
        tensors.append(Tensor(key, state, _elements(sizes), text))
    title = label('html-network', lang, type=comparison.one.name)
    note = label('html-note-compare', lang)
    return treemap(tensors, names, title, note, lang)


def _keys(comparison: Comparison, lang: str) -> KeyTable:
    one, other = comparison.one.name, comparison.other.name
    states = {
        ONLY_ONE: label('html-only', lang, name=one),
        ONLY_OTHER: label('html-only', lang, name=other),
        RESIZED: label('html-resized', lang),
        **{state: _state_name(state, lang) for state in reversed(STATES)},
        BY_CHECKSUM: label('state-by-checksum', lang),
        SHARED: label('html-shared', lang),
    }
    more = ('max', 'l2', 'cosine') if comparison.values is not None else ()
    columns = Columns((one, other), tuple(label(f'col-{name}', lang) for name in more))
    return key_table(list(_entries(comparison)), states, columns, lang)


def _state_name(state: str, lang: str) -> str:
    return 'NaN/Inf' if state == 'not-finite' else label(f'state-{state}', lang)


def _entries(comparison: Comparison) -> Iterator[Entry]:
    shapes = dict(comparison.shapes)
    values = {value.key: value for value in comparison.values or ()}
    blank = ('–', '–', '–') if comparison.values is not None else ()
    for key in comparison.only_one:
        yield Entry(key, ONLY_ONE, shapes[key], None, _elements(shapes[key]), blank)
    for group in comparison.only_other_groups:
        for key in group.keys:
            yield Entry(key, ONLY_OTHER, None, group.found, _elements(group.found or ()), blank)
    for one in comparison.mismatched:
        yield Entry(one.key, RESIZED, one.expected, one.found, _elements(one.expected), blank)
    for key in comparison.matched:
        sizes = shapes[key]
        if key in values:
            value = values[key]
            worst = value.relative_l2 or value.max_abs or 0.0
            texts = _texts(value)
            state = BY_CHECKSUM if value.by_checksum else value.state
            yield Entry(key, state, sizes, sizes, _elements(sizes), texts, worst)
        else:
            yield Entry(key, SHARED, sizes, sizes, _elements(sizes), blank)


def _texts(value: ValueDifference) -> Tuple[str, ...]:
    return (
        difference_number(value.max_abs),
        difference_number(value.relative_l2),
        difference_number(value.cosine, cosine=True),
    )


def _elements(sizes: Sequence[int]) -> int:
    total = 1
    for length in sizes:
        total *= length
    return total
