"""strict_load is a text, a number or blank instead of true or false.

Why it matters: only the truth of the value counts: the text 'false' is true, a blank value is
false, and neither is what was meant.
Evidence: https://github.com/kkkls/FFTformer/issues/30.
False alarms: the numbers 1 and 0 do what they look like.
What to do: write true or false, without quotes.
Source: torch/nn/modules/module.py `load_state_dict` (`if strict:`); basicsr 1.4.2
models/base_model.py `_print_different_keys_loading` (`if not strict:`).
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
