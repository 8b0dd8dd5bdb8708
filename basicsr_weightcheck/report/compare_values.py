"""What the values of two files say: counts, the rule, the largest differences."""

from __future__ import annotations

from typing import Iterator, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, difference_number
from basicsr_weightcheck.records.comparisons import (
    DIFFERENT,
    IDENTICAL,
    NOT_FINITE,
    TINY,
    UNREAD,
    Comparison,
    ValueDifference,
)
from basicsr_weightcheck.report.page import Element, Line, Table
from basicsr_weightcheck.report.table_names import few, heads, one_line

LARGEST = 20
KEYS = 4
STATE_STYLES = {IDENTICAL: 'good', TINY: 'dim', DIFFERENT: 'warn', NOT_FINITE: 'bad', UNREAD: 'bad'}


def value_lines(comparison: Comparison, lang: str, every_row: bool) -> Iterator[Element]:
    """The third section; `every_row` shows all differences, not the largest only."""
    if not comparison.values:
        missing = 'cmp-no-values' if comparison.values is None else 'cmp-nothing-to-read'
        yield Line(label(missing, lang), 'warn')
        return
    how = label('cmp-rule-exact' if comparison.exact else 'cmp-rule-crc', lang)
    rule = {'how': how, 'tolerance': comparison.tolerance, 'name': comparison.one.name}
    yield Line(label('cmp-rule', lang, **rule), 'dim')
    yield from _counts(comparison, lang)
    yield from rotten_lines(comparison, lang)
    largest = comparison.largest
    yield from _unrelated(largest, lang)
    shown = largest if every_row else largest[:LARGEST]
    if shown:
        numbers = {'shown': count(len(shown)), 'count': count(len(largest))}
        yield Line('')
        yield Line(label('cmp-largest', lang, **numbers))
        yield _value_table(shown, lang)


def _counts(comparison: Comparison, lang: str) -> Iterator[Line]:
    """How many tensors are in each state; of the rare states only where there are any."""
    for state, style in STATE_STYLES.items():
        unread = comparison.by_checksum if state == IDENTICAL else 0
        number = comparison.count(state) - unread
        if number or state in (IDENTICAL, TINY, DIFFERENT):
            yield Line(label(f'cmp-{state}', lang, count=count(number)), style if number else '')
        if unread:
            yield Line(label('cmp-by-checksum', lang, count=count(unread)), 'good')


def rotten_lines(comparison: Comparison, lang: str) -> Iterator[Line]:
    """Which bytes are not those that were saved."""
    for side, keys in zip((comparison.one, comparison.other), comparison.rotten):
        if keys:
            numbers = {'count': count(len(keys)), 'keys': few(keys, KEYS)}
            yield Line(label('cmp-rotten', lang, name=side.name, **numbers), 'bad')


def _unrelated(values: Sequence[ValueDifference], lang: str) -> Iterator[Element]:
    """Two trainings of their own: weight tensors that differ stand at right angles."""
    # None of a small tensor: its angle says little.
    told = [value.across for value in values if value.across is not None]
    across = sum(told)
    if across and 2 * across > len(told):
        numbers = {'count': count(across), 'all': count(len(told))}
        yield Line(label('cmp-unrelated', lang, **numbers), 'warn')


def _value_table(values: Sequence[ValueDifference], lang: str) -> Table:
    return Table(
        heads(lang, 'key', 'state', 'max', 'mean', 'relative', 'l2', 'cosine'),
        tuple(_value_row(value, lang) for value in values),
        (2, 3, 4, 5, 6),
        tuple(STATE_STYLES[value.state] for value in values),
    )


def _value_row(value: ValueDifference, lang: str) -> Tuple[str, ...]:
    bad = {'one': count(value.not_finite[0]), 'other': count(value.not_finite[1])}
    numbers = (value.max_abs, value.mean_abs, value.relative, value.relative_l2)
    return (
        one_line(value.key),
        label(f'state-{value.state}', lang, **bad),
        *(difference_number(number) for number in numbers),
        difference_number(value.cosine, cosine=True),
    )
