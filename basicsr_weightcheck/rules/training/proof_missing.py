"""The recommended change was rehearsed and a load still stops, or it could not be rehearsed.

Why it matters: every recommendation is meant to be proven by a second rehearsal; this one is not,
so it may be wrong.
Evidence: own tests.
False alarms: a framework that cannot run in this environment; the reason says so.
What to do: make the change and check again before you train.
Source: basicsr_weightcheck/workflow/advise.py `prove`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    reason = case.proof_failures.get(load.step.network)
    if reason is not None:
        yield Found(reason=reason)


RULE = Rule('WC510', 'proof-missing', WARNING, LOAD, look)
