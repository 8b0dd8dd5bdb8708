"""strict_load is a text that reads as false and counts as true.

Why it matters: torch asks only for the truth of what it is given, and every text is true: 'false',
no in quotes, a misspelt flase. The load stops although strict loading seems to be off.
Evidence: own tests; https://github.com/kkkls/FFTformer/issues/30 (the same option, left blank).
False alarms: none known.
What to do: write false without quotes, or true where the file loads strictly.
Source: torch/nn/modules/module.py `load_state_dict`, `if strict:`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    step = load.step
    if step.strict_written and step.strict_option and isinstance(step.strict_configured, str):
        if step.strict_effective and step.strict_meant is False:
            value = repr(step.strict_configured)
            after = 'true' if load.strict_recommended else 'false'
            yield Found(step.strict_option, option=step.strict_option, value=value, after=after)


RULE = Rule('WC401', 'strict-not-bool', ERROR, LOAD, look, explains=('WC201', 'WC301', 'WC310'))
