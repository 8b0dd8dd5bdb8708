"""The load stops under strict loading and runs without it.

Why it matters: `strict_load_g: true` ends the training with a RuntimeError; false lets what
matches load and leaves the rest random. It is said only where no prefix, wrapper or other table
explains the difference: there strict false would load nothing.
Evidence: https://github.com/XPixelGroup/HAT/issues/90,
https://github.com/XPixelGroup/BasicSR/issues/88,
https://github.com/xinntao/EDVR/issues/71.
False alarms: a network option written wrong can look like a partial load; look at the share and at
what is missing before you set false. Below one half false is not recommended.
What to do: set the option to false, as the recommendation says, if the rest is meant to start
random.
Source: torch/nn/modules/module.py `load_state_dict`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import amounts
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    configured, difference = load.configured, load.difference
    if not load.must_be_false or configured is None or configured.loads or difference is None:
        return
    error = load.strict_true.error if load.strict_true is not None else configured.error
    asked = case.report.plan.min_loaded
    yield Found(
        load.step.strict_option,
        option=load.step.strict_option or 'strict_load',
        error=error,
        missing=len(difference.missing),
        unexpected=len(difference.unexpected),
        mismatched=len(difference.mismatched),
        asked=asked,
        advice=_advice(load, little=difference.coverage.least < asked),
        **amounts(difference.coverage),
    )


def _advice(load: LoadReport, *, little: bool) -> str:
    if not load.step.strict_option:
        return 'label:strict-fixed'
    return 'label:strict-little' if little else 'label:strict-set'


RULE = Rule('WC201', 'strict-must-be-false', ERROR, LOAD, look)
