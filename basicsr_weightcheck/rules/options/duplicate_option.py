"""The same option is written twice; YAML loaders silently take the later one."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for option, first, later in case.report.plan.options.duplicates:
        yield Found(option, option=option, first=str(first), later=str(later))


RULE = Rule('WC406', 'duplicate-option', WARNING, TRAINING, look)
