"""The recommended change was rehearsed and did not do what it should, or could not be."""

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
