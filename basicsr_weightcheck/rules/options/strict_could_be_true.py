"""strict_load is false and everything matches."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    strict = load.strict_true
    if load.step.strict_configured is False and strict is not None and strict.loads:
        if load.step.strict_option:
            yield Found(load.step.strict_option, option=load.step.strict_option)


RULE = Rule('WC411', 'strict-could-be-true', INFO, LOAD, look)
