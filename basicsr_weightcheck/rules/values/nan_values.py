"""Tensors that would be loaded hold NaN.

Why it matters: the load runs, and every output and every loss is NaN from the first step on: the
run that saved the file had diverged.
Evidence: https://github.com/neosr-project/neosr/issues/83
False alarms: none known. Said only with --values, which reads the tensors.
What to do: take an earlier checkpoint.
Source: torch/nn/modules/module.py, `param.copy_(input_param)` copies NaN.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    health = case.values.get(load.step.network)
    found = [one for one in health.tensors if one.nan] if health is not None else []
    if found:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            count=len(found),
            first=found[0].key,
            elements=sum(one.nan for one in found),
        )


RULE = Rule('WC602', 'nan-values', ERROR, LOAD, look)
