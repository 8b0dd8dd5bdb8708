"""strict_load is false, and a strict load was tried and runs.

Why it matters: with strict off a later change of the network or of the file goes unnoticed.
Evidence: https://github.com/pytorch/pytorch/pull/6086.
False alarms: one YAML that serves several files, of which others need false.
What to do: set the option to true, to be told when something stops matching.
Source: torch/nn/modules/module.py `load_state_dict`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    strict = load.strict_true
    if load.step.strict_configured is False and strict is not None and strict.loads:
        if load.step.strict_option:
            yield Found(load.step.strict_option, option=load.step.strict_option)


RULE = Rule('WC411', 'strict-could-be-true', INFO, LOAD, look)
