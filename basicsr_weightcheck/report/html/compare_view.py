"""Two files as a page."""

from __future__ import annotations

from itertools import takewhile
from math import prod
from typing import Iterator, Optional, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import difference_number
from basicsr_weightcheck.records.comparisons import NOT_FINITE, STATES, Comparison, ValueDifference
from basicsr_weightcheck.report.compare_page import (
    both_trouble_lines,
    conclusion_lines,
    side_lines,
    summary_lines,
    value_lines,
)
from basicsr_weightcheck.report.html.change_chart import (
    change_chart,
    class_names,
    histogram,
    tensor_class,
)
from basicsr_weightcheck.report.html.entries import Columns, Entry, key_table, treemap
from basicsr_weightcheck.report.html.from_page import blocks, unmarked
from basicsr_weightcheck.report.html.treemap import Leaf
from basicsr_weightcheck.report.html.view import Block, KeyTable, PageView, Section, Treemap
from basicsr_weightcheck.report.page import Heading, Line
from basicsr_weightcheck.report.table_names import heads

ONLY_ONE, ONLY_OTHER, RESIZED, SHARED = 'only-one', 'only-other', 'resized', 'shared'
BY_CHECKSUM = 'by-checksum'


def compare_view(comparison: Comparison, lang: str) -> PageView:
    """The whole comparison."""
    return compare_top(comparison, lang)._replace(sections=tuple(_sections(comparison, lang)))


def compare_top(comparison: Comparison, lang: str) -> PageView:
    """Verdict, and what to do to load one file where the other is expected."""
    one, other = comparison.one, comparison.other
    style, verdict = _verdict(comparison, lang)
    todo, actions = _conclusion(comparison, lang)
    # A file that must not be loaded comes before all advice; the first file before the second.
    for side in (other, one):
        todo = spoken(side.troubles.advice, lang) if side.troubles.unfit else todo
    title = label('cmp-title', lang, one=one.name, other=other.name)
    troubles = blocks(both_trouble_lines(comparison, lang), lang)
    return PageView(lang, title, title, style, verdict, todo, (*troubles, *actions))


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
    headings = [one.text for one in elements if isinstance(one, Heading)]
    first, *rest = [one for one in elements if not isinstance(one, Heading)]
    reasons = [Line(reason.strip()) for text in headings for reason in text.split('\n', 1)[1:]]
    return (first.text if isinstance(first, Line) else ''), (*reasons, *blocks(rest, lang))


def _sections(comparison: Comparison, lang: str) -> Iterator[Section]:
    notes = [Line(unmarked(line.text), line.style) for line in summary_lines(comparison, lang)]
    yield Section(label('html-summary', lang), (*notes, _treemap(comparison, lang)))
    charts = [change_chart(comparison, lang), histogram(comparison, lang)]
    drawn = tuple(chart for chart in charts if chart is not None)
    if drawn:
        yield Section(label('html-values', lang), (*drawn, *_values(comparison, lang)))
    yield Section(label('html-keys', lang), (_keys(comparison, lang),))
    yield Section(label('html-files', lang), tuple(blocks(side_lines(comparison, lang), lang)))


def _values(comparison: Comparison, lang: str) -> Iterator[Block]:
    """What the values say, without the table of the largest: the table of all keys has them."""
    elements = value_lines(comparison, lang, False)
    # They end with an empty line.
    return blocks(takewhile(lambda one: isinstance(one, Line) and one.text, elements), lang)


def _treemap(comparison: Comparison, lang: str) -> Treemap:
    names = {
        SHARED: label('html-shared', lang),
        **class_names(lang),
        RESIZED: label('html-resized', lang),
        ONLY_ONE: label('html-only', lang, name=comparison.one.name),
    }
    values = {value.key: value for value in comparison.values or ()}
    entries = {entry.key: entry for entry in _entries(comparison)}
    title = label('html-network', lang, type=comparison.one.name)
    leaves = [_leaf(entries[key], values.get(key), lang) for key, _ in comparison.shapes]
    return treemap(leaves, names, title, label('html-note-compare', lang), lang)


def _leaf(entry: Entry, value: Optional[ValueDifference], lang: str) -> Leaf:
    if value is None:
        return Leaf(entry.key, entry.state, entry.elements, entry.shapes)
    text = entry.shapes
    if value.relative_l2 is not None:
        text += f' · {label("col-l2", lang)} {difference_number(value.relative_l2)}'
    return Leaf(entry.key, tensor_class(value), entry.elements, text)


def _keys(comparison: Comparison, lang: str) -> KeyTable:
    one, other = comparison.one.name, comparison.other.name
    states = {
        ONLY_ONE: label('html-only', lang, name=one),
        ONLY_OTHER: label('html-only', lang, name=other),
        RESIZED: label('html-resized', lang),
        **{state: label(f'state-{state}', lang, one='', other='') for state in reversed(STATES)},
        NOT_FINITE: 'NaN/Inf',
        BY_CHECKSUM: label('state-by-checksum', lang),
        SHARED: label('html-shared', lang),
    }
    more = heads(lang, 'max', 'l2', 'cosine') if comparison.values is not None else ()
    return key_table(list(_entries(comparison)), states, Columns((one, other), more), lang)


def _entries(comparison: Comparison) -> Iterator[Entry]:
    """Every name of either file, those that differ first."""
    shapes = dict(comparison.shapes)
    values = {value.key: value for value in comparison.values or ()}
    blank = ('–', '–', '–') if comparison.values is not None else ()
    for key in comparison.only_one:
        yield Entry(key, ONLY_ONE, shapes[key], None, prod(shapes[key]), blank)
    for group in comparison.only_other_groups:
        whole = Entry('', ONLY_OTHER, None, group.found, prod(group.found or ()), blank)
        yield from (whole._replace(key=key) for key in group.keys)
    for one in comparison.mismatched:
        yield Entry(one.key, RESIZED, one.expected, one.found, prod(one.expected), blank)
    for key in comparison.matched:
        entry = Entry(key, SHARED, shapes[key], shapes[key], prod(shapes[key]), blank)
        yield _measured(entry, values.get(key))


def _measured(entry: Entry, value: Optional[ValueDifference]) -> Entry:
    """The entry with what the comparison of the values gave, where it was made."""
    if value is None:
        return entry
    numbers = [difference_number(one) for one in (value.max_abs, value.relative_l2)]
    return entry._replace(
        state=BY_CHECKSUM if value.by_checksum else value.state,
        texts=(*numbers, difference_number(value.cosine, cosine=True)),
        worst=value.relative_l2 or value.max_abs or 0.0,
    )
