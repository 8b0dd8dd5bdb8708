"""File and network have the same tensors in the same order, under other numbers.

Why it matters: a layer that was added or taken out of an nn.Sequential shifts the numbers of all
that follow. Without strict the layers that happen to share a number get each other's weights.
Evidence: https://github.com/cszn/KAIR/issues/18
False alarms: two networks with equal shapes whose order has another meaning.
What to do: rename the keys of the file (the pairs are in the finding), or build the network of the
file; never strict_load false.
Source: torch/nn/modules/container.py `Sequential`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

SHOWN = 6


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.cause is None or not load.cause.shifts:
        return
    shifts = load.cause.shifts
    pairs = tuple(f'{found} -> {expected}' for found, expected in shifts[:SHOWN])
    yield Found(load.step.path_option, count=len(shifts), pairs=pairs)


RULE = Rule('WC314', 'layers-renumbered', ERROR, LOAD, look, explains=SYMPTOMS)
