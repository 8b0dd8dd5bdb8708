"""The network with its weights makes pictures worse than they are, or makes NaN or Inf of them.

Why it matters: keys and shapes agree with another network, another range of values or another
degradation as well; then the training starts further away than from doing nothing.
Evidence: own tests
False alarms: a network that was made for another degradation may do worse than nothing on these
pictures, and be right to start from; so may one whose part is random on purpose. Said only where
somebody looked: `check --first-look`, or the hook before the first iteration; and only where the
load took at least half of the network.
What to do: see that it is the network, the range of values and the order of channels that the file
was trained with; check --first-look tries others.
Source: the output of the network.
"""

from __future__ import annotations

from typing import Iterator, Optional

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.looks import LookRow
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

MOST = 0.5  # share of the network that the load took: less need not do anything yet


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.look is None or not load.look.is_worse_than_nothing:
        return
    if load.coverage is None or load.coverage.least < MOST:
        return
    mine, nothing = load.look.row('configured'), load.look.row('nothing')
    yield Found(load.step.path_option, mine=decibels(mine), nothing=decibels(nothing))


def decibels(row: Optional[LookRow]) -> str:
    """'27.95 dB', as a label where there is no number."""
    if row is not None and not row.finite:
        return 'label:look-not-finite'
    return f'{row.psnr:.2f} dB' if row is not None and row.psnr is not None else '–'


RULE = Rule('WC606', 'worse-than-nothing', WARNING, LOAD, look)
