"""strict_load is written without a value, which counts as false.

Why it matters: leaving the option out means true, leaving its value out means false: whatever does
not fit is passed over, and nothing says so.
Evidence: https://github.com/kkkls/FFTformer/issues/30
False alarms: a YAML whose author wants false and everything loads; then only a warning.
What to do: write true or false.
Source: basicsr 1.4.2 models/sr_model.py, `self.opt['path'].get('strict_load_g', True)` gives None;
torch/nn/modules/module.py `load_state_dict`, `if strict:`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import amounts
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    step, difference = load.step, load.difference
    if not (step.strict_written and step.strict_option) or step.strict_meant is not None:
        return
    hides = load.strict_true is not None and load.strict_true.loads is False
    if load.coverage is not None and difference is not None:
        yield Found(
            step.strict_option,
            ERROR if hides else '',
            option=step.strict_option,
            missing=len(difference.missing),
            unexpected=len(difference.unexpected),
            mismatched=len(difference.mismatched),
            **amounts(load.coverage),
        )


RULE = Rule('WC408', 'strict-left-blank', WARNING, LOAD, look, explains=('WC203', 'WC204'))
