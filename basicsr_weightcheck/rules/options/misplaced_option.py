"""A load option stands outside `path:`, often after a lost indentation."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for option in case.report.plan.misplaced_options:
        yield Found(option, option=option)


RULE = Rule('WC407', 'misplaced-option', WARNING, TRAINING, look)
