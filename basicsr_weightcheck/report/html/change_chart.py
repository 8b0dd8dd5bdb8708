"""The change of every layer along the network, and how often each size of change occurs.

How much a tensor changed is told in a few classes, which have colours of their own.
"""

from __future__ import annotations

import math
from typing import Dict, List, Optional, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, difference_number
from basicsr_weightcheck.records.comparisons import (
    IDENTICAL,
    NOT_FINITE,
    UNREAD,
    Comparison,
    ValueDifference,
)
from basicsr_weightcheck.report.change_plot import by_role, points, readable, stages
from basicsr_weightcheck.report.html.blocks import Chart, Mark

WIDTH, HEIGHT = 1000.0, 300.0
BARS_HEIGHT = 160.0
STEPS = 2  # bars for each power of ten
MOST_BARS = 24
FEWEST = 4  # powers of ten on the axis
LOWEST = -12  # power of ten below which nothing is told apart
SAME, BAD, NOT_READ = 'same', 'bad', 'unread'
CLASSES = (('c0', 1e-3), ('c1', 1e-2), ('c2', 1e-1), ('c3', float('inf')))  # relative L2 below
STATES = (SAME, *(name for name, _ in CLASSES), BAD, NOT_READ)


def change_chart(comparison: Comparison, lang: str) -> Optional[Chart]:
    """One mark for each tensor, its height the relative L2; None where nothing was compared.

    Identical tensors stand on the lower edge. Colours are roles, as in the picture of --plot.
    """
    drawn = points(comparison)
    if not drawn:
        return None
    low, high = _decades([value for _, value in drawn])
    last = max(1, len(comparison.values or ()) - 1)
    marks: List[Mark] = []
    legend: List[Tuple[str, str]] = []
    for number, (role, members) in enumerate(by_role(drawn).items()):
        legend.append((f'r{number}', role))
        for place, value in members:
            at = _height(value.relative_l2, low, high)
            text = f'{value.key} · {label("col-l2", lang)} {difference_number(value.relative_l2)}'
            x, y = round(place / last * WIDTH, 1), round(HEIGHT - at * HEIGHT, 1)
            marks.append(Mark(x, y, 3.2, 3.2, f'r{number}', text, value.key))
    marks.sort(key=lambda mark: mark.x)
    starts = stages(comparison)
    return Chart(
        title=label('html-change-chart', lang),
        shape='dots',
        width=WIDTH,
        height=HEIGHT,
        marks=tuple(marks),
        rows=tuple(_ticks(low, high, lang)),
        columns=tuple(
            (round(place / last * WIDTH, 1), name)
            for place, name in sorted(readable(starts, len(comparison.matched)))
        ),
        legend=tuple(legend),
        x_title=label('plot-x', lang, count=count(len(comparison.values or ()))),
        y_title=label('col-l2', lang),
    )


def histogram(comparison: Comparison, lang: str) -> Optional[Chart]:
    """Number of tensors by the size of their change; the first bar is the identical ones."""
    drawn = [value for _, value in points(comparison)]
    if not drawn:
        return None
    low, high = _decades(drawn)
    steps = min(MOST_BARS, (high - low) * STEPS)
    bins: Dict[int, List[ValueDifference]] = {}
    for value in drawn:
        at = -1
        if value.relative_l2:
            at = min(steps - 1, int(_height(value.relative_l2, low, high) * steps))
        bins.setdefault(at, []).append(value)
    return Chart(
        title=label('html-histogram', lang),
        shape='bars',
        width=WIDTH,
        height=BARS_HEIGHT,
        marks=tuple(_bars(bins, steps, (low, high), lang)),
        rows=(),
        columns=_bar_ticks(steps, low, high, lang),
        legend=(),
        x_title=label('col-l2', lang),
        y_title=label('col-tensors', lang),
    )


def _decades(values: Sequence[ValueDifference]) -> Tuple[int, int]:
    """Whole powers of ten around all changes, at least FEWEST apart."""
    sizes = [value.relative_l2 for value in values if value.relative_l2]
    finite = [size for size in sizes if math.isfinite(size)]
    if not finite:
        return -8, 0
    low = max(LOWEST, math.floor(math.log10(min(finite))))
    high = max(low + 1, math.ceil(math.log10(max(finite))))
    return min(low, high - FEWEST), high


def _height(size: Optional[float], low: int, high: int) -> float:
    """0 for unchanged, above it the place between the powers of ten, up to 1."""
    if not size:
        return 0.0
    if not math.isfinite(size):
        return 1.0
    return min(1.0, max(0.0, (math.log10(size) - low) / (high - low)))


def _ticks(low: int, high: int, lang: str) -> List[Tuple[float, str]]:
    """Lines at powers of ten, at most eight."""
    step = -(-(high - low) // 8)
    return [
        (round(HEIGHT - (power - low) / (high - low) * HEIGHT, 1), f'1e{power}')
        for power in range(low, high + 1, step)
    ]


def _bars(
    bins: Dict[int, List[ValueDifference]], steps: int, ends: Tuple[int, int], lang: str
) -> List[Mark]:
    most = max(len(members) for members in bins.values())
    wide = WIDTH / (steps + 1)
    marks = []
    for at, members in sorted(bins.items()):
        tall = len(members) / most * (BARS_HEIGHT - 18)
        low = ends[0] + at * (ends[1] - ends[0]) / steps
        high = ends[0] + (at + 1) * (ends[1] - ends[0]) / steps
        name, state = f'{10**low:.1e} – {10**high:.1e}', ''
        if at < 0:
            name, state = label('html-same', lang), SAME
        elements = count(sum(value.count for value in members))
        facts = {'count': count(len(members)), 'elements': elements}
        text = f'{name} · {label("html-bar", lang, **facts)}'
        state = state or change_class(10 ** ((low + high) / 2))
        box = (round((at + 1) * wide + 2, 1), round(BARS_HEIGHT - tall, 1))
        marks.append(Mark(*box, round(wide - 4, 1), round(tall, 1), state, text, str(len(members))))
    return marks


def _bar_ticks(steps: int, low: int, high: int, lang: str) -> Tuple[Tuple[float, str], ...]:
    wide = WIDTH / (steps + 1)
    ticks = [(round(wide / 2, 1), '0')]
    every = -(-(high - low) // 10)
    for power in range(low, high + 1, every):
        at = wide + (power - low) / (high - low) * steps * wide
        ticks.append((round(at, 1), f'1e{power}'))
    return tuple(ticks)


def change_class(relative_l2: float) -> str:
    """The class of a change that is not zero."""
    below = (name for name, limit in CLASSES if relative_l2 < limit)
    return next(below, CLASSES[-1][0])


def tensor_class(value: ValueDifference) -> str:
    """The class of a tensor. Where a is zero the change has no relative size: the largest class."""
    named = {IDENTICAL: SAME, NOT_FINITE: BAD, UNREAD: NOT_READ}
    if value.state in named:
        return named[value.state]
    return CLASSES[-1][0] if value.relative_l2 is None else change_class(value.relative_l2)


def class_names(lang: str) -> Dict[str, str]:
    """{class: its words}, from unchanged to unreadable."""
    return {state: label(f'html-{state}', lang) for state in STATES}
