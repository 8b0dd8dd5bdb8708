"""The load runs and takes a part of the network, or drops a part of the file."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import LITTLE, amounts, fraction
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference = load.difference
    if load.configured is None or not load.configured.loads or load.coverage is None:
        return
    if difference is None or fraction(load) < LITTLE:
        return
    if difference.missing or difference.unexpected or difference.mismatched:
        yield Found(
            load.step.path_option,
            missing=len(difference.missing),
            unexpected=len(difference.unexpected),
            mismatched=len(difference.mismatched),
            **amounts(load.coverage),
        )


RULE = Rule('WC204', 'partly-loaded', INFO, LOAD, look)
