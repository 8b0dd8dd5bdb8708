"""strict_load is a number or a quoted text that happens to count as what it means.

Why it matters: the next edit of the value changes nothing: every text counts as true, every number
but 0 too.
Evidence: own tests.
False alarms: none known; the load does what the value says.
What to do: write true or false without quotes.
Source: torch/nn/modules/module.py `load_state_dict`, `if strict:`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    step = load.step
    value = step.strict_configured
    if not (step.strict_written and step.strict_option) or isinstance(value, bool):
        return
    if step.strict_meant is not None and step.strict_meant == step.strict_effective:
        yield Found(
            step.strict_option,
            option=step.strict_option,
            value=repr(value),
            effective=step.strict_effective,
        )


RULE = Rule('WC402', 'strict-written-oddly', WARNING, LOAD, look)
