"""strict_load is false, and every load that the option is for was tried strictly and runs.

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
    option = load.step.strict_option
    if option and load.step.strict_configured is False and _runs_strictly(load):
        alike = [one for one in case.report.loads if one.step.strict_option == option]
        if alike[0].step == load.step and all(map(_runs_strictly, alike)):
            yield Found(option, option=option)


def _runs_strictly(load: LoadReport) -> bool:
    return load.strict_true is not None and bool(load.strict_true.loads)


RULE = Rule('WC411', 'strict-could-be-true', INFO, LOAD, look)
