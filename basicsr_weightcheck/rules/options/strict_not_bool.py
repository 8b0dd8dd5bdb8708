"""strict_load is a text, a number or blank.

Why it matters: the text 'false' counts as true, a blank value as false; torch asks only for
the truth of what it is given.
Source: torch/nn/modules/module.py `load_state_dict`, `if strict:`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    step = load.step
    if step.strict_written and step.strict_option and not isinstance(step.strict_configured, bool):
        text = isinstance(step.strict_configured, str)
        yield Found(
            step.strict_option,
            ERROR if text else WARNING,
            option=step.strict_option,
            value=repr(step.strict_configured) if text else str(step.strict_configured),
            effective=step.strict_effective,
        )


RULE = Rule('WC401', 'strict-not-bool', ERROR, LOAD, look)
