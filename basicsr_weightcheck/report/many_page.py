"""One base against many files, and one file's tensors: a table each."""

from __future__ import annotations

from typing import Iterator, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count, difference_number, shape
from basicsr_weightcheck.records.comparisons import DIFFERENT, IDENTICAL, TINY, Comparison, Side
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.compare_page import rotten_lines, strict_word, trouble_lines
from basicsr_weightcheck.report.page import Heading, Line, Page, Table
from basicsr_weightcheck.report.table_names import counted_table, heads, one_line, shown_table


def many_page(
    base: str, comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]], lang: str
) -> Page:
    """A row for each file that could be compared, a line for each that could not.

    Args:
        base: path of the file that all are compared with.
        comparisons: of those that could be read.
        failed: (path, reason) of files that could not be read.
    """
    total = count(len(comparisons) + len(failed))
    unread = sum(one.by_checksum for one in comparisons)
    head = ('file', 'common', 'only-base', 'only-file', 'resized', 'identical', 'tiny')
    return (
        Heading(label('cmp-many', lang, base=base, count=total), 1),
        *(trouble_lines(comparisons[0].one, lang) if comparisons else ()),
        Table(
            heads(lang, *head, 'different', 'max', 'l2', 'strict'),
            tuple(_row(one, lang) for one in comparisons),
            tuple(range(1, 10)),
            tuple(map(_style, comparisons)),
        ),
        *([Line(label('cmp-many-checksum', lang, count=count(unread)), 'dim')] * bool(unread)),
        *(line for one in comparisons for line in _troubled(one, lang)),
        *(Line(f'[×] {one_line(path)}: {spoken(reason, lang)}', 'bad') for path, reason in failed),
    )


def _style(comparison: Comparison) -> str:
    if comparison.other.troubles.unfit or any(comparison.rotten):
        return 'bad'
    return 'good' if comparison.same_structure else 'warn'


def _troubled(comparison: Comparison, lang: str) -> Iterator[Line]:
    """What speaks against a file, each named by its path."""
    # The names of single files ("model 2") say nothing among many.
    side = comparison.other._replace(name=one_line(comparison.other.path))
    yield from trouble_lines(side, lang)
    yield from rotten_lines(comparison._replace(one=comparison.one, other=side), lang)


def _row(comparison: Comparison, lang: str) -> Tuple[str, ...]:
    largest = comparison.largest
    values = [count(comparison.count(state)) for state in (IDENTICAL, TINY, DIFFERENT)]
    l2 = max((value.relative_l2 or 0.0 for value in largest), default=0.0)
    return (
        one_line(comparison.other.path),
        count(comparison.common),
        count(len(comparison.only_one)),
        count(len(comparison.only_other)),
        count(len(comparison.mismatched)),
        *(values if comparison.values is not None else ('–', '–', '–')),
        difference_number(largest[0].max_abs if largest else None),
        difference_number(l2 if largest else None),
        strict_word(comparison, lang),
    )


def listing_page(side: Side, tensors: Sequence[TensorSpec], lang: str) -> Page:
    """The numbered table of one file: key, shape, parameters, totals."""
    rows = tuple(
        (str(number), one_line(spec.key), shape(spec.shape), count(spec.count))
        for number, spec in enumerate(tensors, 1)
    )
    others = [name for name in side.tables if name != side.table]
    also = ', '.join(counted_table(name, side.tables[name], lang) for name in others)
    return (
        Heading(label('cmp-list-title', lang, name=side.name), 1),
        *trouble_lines(side, lang),
        Line(''),
        Line(label('cmp-list-count', lang, count=count(side.tensors))),
        Line(label('cmp-list-table', lang, table=shown_table(side.table, lang))),
        *((Line(label('cmp-also', lang, name=side.name, tables=also, number=1)),) if also else ()),
        Line(''),
        Table(heads(lang, 'number', 'key', 'shape', 'elements'), rows, (3,)),
        Line(''),
        Line(label('cmp-list-total', lang, count=count(side.elements))),
        Line(label('cmp-list-tensors', lang, count=count(side.tensors))),
    )
