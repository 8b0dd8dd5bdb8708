"""Tensors that a load filled are initial again when the constructor has ended.

Why it matters: the load says that everything is in, and the training starts on other values: code
after the load initialises the network again, replaces a layer or copies another network into it.
Evidence: own tests.
False alarms: a part that is meant to be trained anew (a head that is reset on purpose).
What to do: look at what runs after the load; initialise before it, or only what is meant.
Source: basicsr_weightcheck/rehearsal/play.py `play` follows every tensor to the constructor's end.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

MOST = 0.5  # of what was loaded: losing more is an error


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.configured is None or not load.configured.loads:
        return
    loaded = load.configured.loaded
    final = case.report.final(load)
    stop = case.report.rehearsal.stop if case.report.rehearsal is not None else None
    if stop is None and not case.report.is_held(load):
        lost = list(loaded)  # the network itself was replaced
    else:
        initial = set(final.initial) if final is not None else set()
        lost = [key for key in loaded if key in initial]
    if lost:
        little = final is not None and final.coverage.least < case.report.plan.min_loaded
        severity = ERROR if little or len(lost) > MOST * len(loaded) else ''
        yield Found('', severity, count=len(lost), loaded=len(loaded), key=lost[0])


RULE = Rule('WC242', 'lost-after-load', WARNING, LOAD, look)
