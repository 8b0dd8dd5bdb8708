"""Tensors that would be loaded hold NaN.

Why it matters: the load runs, and every output and every loss is NaN from the first step on: the
run that saved the file had diverged.
Evidence: https://github.com/neosr-project/neosr/issues/83
False alarms: none known. Said only with --values, which reads the tensors, and by the hook.
What to do: take an earlier checkpoint.
Source: torch/nn/modules/module.py, `param.copy_(input_param)` copies NaN.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import bad_values
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    health = case.values.get(load.step.network)
    if health is not None:
        yield from bad_values(load, [(one.key, one.nan) for one in health.tensors])


RULE = Rule('WC602', 'nan-values', ERROR, LOAD, look)
