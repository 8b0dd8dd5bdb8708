"""Two files side by side, in the sections of the guide: names, shapes, values, summary."""

from __future__ import annotations

from typing import Iterator, Sequence, Tuple

from basicsr_weightcheck.compare.key_endings import fold_endings
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, size
from basicsr_weightcheck.records.comparisons import Comparison, Side
from basicsr_weightcheck.records.outcomes import KeyGroup
from basicsr_weightcheck.report.compare_conclusion import (
    conclusion_lines,
    summary_lines,
    trouble_lines,
)
from basicsr_weightcheck.report.compare_values import value_lines
from basicsr_weightcheck.report.page import Element, Heading, Line, Page
from basicsr_weightcheck.report.table_names import (
    counted_table,
    few,
    more_rows,
    one_line,
    shapes_text,
    shown_table,
)

ROWS = 20
SHAPES = 4


def compare_page(comparison: Comparison, lang: str, every_row: bool = False) -> Page:
    """The whole comparison; `every_row` lists each key instead of folded ones."""
    one, other = comparison.one, comparison.other
    return (
        Heading(label('cmp-title', lang, one=one.name, other=other.name), 1),
        *both_trouble_lines(comparison, lang),
        *side_lines(comparison, lang),
        Line(''),
        Heading(label('cmp-keys', lang)),
        *_names(comparison, lang, every_row),
        Line(''),
        Heading(label('cmp-shapes', lang)),
        *_shapes(comparison, lang, every_row),
        Line(''),
        Heading(label('cmp-values', lang)),
        *value_lines(comparison, lang, every_row),
        Line(''),
        Heading(label('cmp-summary', lang), 1),
        *summary_lines(comparison, lang),
        Line(''),
        *conclusion_lines(comparison, lang),
    )


def both_trouble_lines(comparison: Comparison, lang: str) -> Iterator[Line]:
    """What is to be said of the two files before anything else; of one file once."""
    one, other = comparison.one, comparison.other
    for side in (one,) if one.path == other.path else (one, other):
        yield from trouble_lines(side, lang)


def side_lines(comparison: Comparison, lang: str) -> Iterator[Line]:
    """The two files and what is peculiar about them."""
    one, other = sides = (comparison.one, comparison.other)
    yield from (_side(side, lang) for side in sides)
    if one.path != other.path:  # of two tables of one file nothing was left out by chance
        for number, side in enumerate(sides, 1):
            yield from _other_tables(side, number, lang)
    for side in sides:
        yield from _strays(side, lang)
    if bool(one.table) != bool(other.table):
        names = [f'{side.name} [{shown_table(side.table, lang)}]' for side in sides]
        yield Line(label('cmp-nested', lang, one=names[0], other=names[1]), 'warn')
    if comparison.rename is not None:
        prefixes = ((one, comparison.rename.found), (other, comparison.rename.expected))
        changes = [
            label('cmp-rename-of', lang, prefix=prefix, name=side.name)
            for side, prefix in prefixes
            if prefix
        ]
        yield Line(label('cmp-rename', lang, change=', '.join(changes)), 'warn')


def _side(side: Side, lang: str) -> Line:
    facts = {
        'path': side.path,
        'container': side.container,
        'bytes': size(side.file_bytes),
        'table': shown_table(side.table, lang),
        'tensors': count(side.tensors),
        'elements': count(side.elements),
    }
    return Line(label('cmp-side', lang, name=side.name, **facts), 'dim')


def _strays(side: Side, lang: str) -> Iterator[Line]:
    if side.strays:
        numbers = {'count': count(len(side.strays)), 'keys': few(side.strays[:SHAPES], SHAPES)}
        yield Line(label('cmp-strays', lang, name=side.name, **numbers), 'warn')


def _other_tables(side: Side, number: int, lang: str) -> Iterator[Line]:
    rest = [counted_table(k, n, lang) for k, n in side.tables.items() if k != side.table]
    if rest:
        text = label('cmp-also', lang, name=side.name, tables=', '.join(rest), number=number)
        yield Line(text, 'warn')


def _names(comparison: Comparison, lang: str, every_row: bool) -> Iterator[Element]:
    one, other = comparison.one, comparison.other
    for side in (one, other):
        yield Line(label('cmp-count', lang, name=side.name, count=count(side.tensors)))
    yield Line(label('cmp-common', lang, count=count(comparison.common)))
    for side, keys, groups in (
        (one, comparison.only_one, comparison.only_one_groups),
        (other, comparison.only_other, comparison.only_other_groups),
    ):
        if keys:
            title = label('cmp-only', lang, name=side.name, count=count(len(keys)))
            yield from _listed(title, 'warn', groups, lang, every_row)
    if comparison.matched_groups:
        title = label('cmp-shared', lang, count=count(len(comparison.matched)))
        yield from _listed(title, 'good', comparison.matched_groups, lang, every_row)


def _shapes(comparison: Comparison, lang: str, every_row: bool) -> Iterator[Element]:
    if not comparison.common:
        yield Line(label('cmp-shapes-none', lang), 'bad')
        return
    if not comparison.mismatched:
        yield Line(label('cmp-shapes-ok', lang), 'good')
    yield Line(label('cmp-shapes-count', lang, count=count(len(comparison.matched))))
    if comparison.mismatched:
        title = label('cmp-shapes-bad', lang, count=count(len(comparison.mismatched)))
        yield from _listed(title, 'bad', comparison.mismatched_groups, lang, every_row)
    if comparison.dtypes:
        yield Line('')
        yield Line(label('cmp-dtypes', lang, count=count(len(comparison.dtypes))), 'warn')
        shown = comparison.dtypes if every_row else comparison.dtypes[:ROWS]
        yield from (Line(f'- {one_line(k)} [{a} / {b}]', '', 2) for k, a, b in shown)
        yield from more_rows(len(comparison.dtypes) - len(shown), lang)


def _listed(
    title: str, style: str, groups: Sequence[KeyGroup], lang: str, every_row: bool
) -> Iterator[Element]:
    yield Line('')
    yield Line(title, style)
    if every_row:
        for group in groups:
            shapes = _shapes_of([[one] for one in (group.expected, group.found) if one is not None])
            yield from (Line(f'- {one_line(key)}{shapes}', 'verbatim', 2) for key in group.keys)
        return
    rows = fold_endings(groups)
    for row in rows[:ROWS]:
        times = f' × {count(row.count)}' if row.count > 1 else ''
        shapes = _shapes_of([one for one in (row.expected, row.found) if one])
        yield Line(f'- {one_line(row.pattern)}{times}{shapes}', 'verbatim', 2)
    yield from more_rows(len(rows) - ROWS, lang)


def _shapes_of(sides: Sequence[Sequence[Tuple[int, ...]]]) -> str:
    """Of both sides; of one where they are equal."""
    different = sides[:1] if len(sides) == 2 and sides[0] == sides[1] else sides
    return f' [shape: {" / ".join(shapes_text(one, SHAPES) for one in different)}]'
