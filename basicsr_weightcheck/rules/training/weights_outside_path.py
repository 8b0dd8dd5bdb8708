"""A network or loss loads weights of its own (spynet_path, for example)."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for option, value in case.report.plan.other_weight_paths:
        yield Found(option, option=option, value=value)


RULE = Rule('WC512', 'weights-outside-path', INFO, TRAINING, look)
