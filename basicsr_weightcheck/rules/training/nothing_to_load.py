"""No weights are named."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    if not case.report.plan.steps and not case.report.loads:
        yield Found()


RULE = Rule('WC509', 'nothing-to-load', INFO, TRAINING, look)
