"""Tensors of the file have another dtype than those of the network.

Why it matters: fp16 files load into fp32 networks; the lost digits do not come back.
Source: torch/nn/modules/module.py, `param.copy_(input_param)` casts.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

KEEPS_DIGITS = ('float32', 'float64')  # no training value of a float32 network is lost in them


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.difference is not None:
        for expected, found, count in load.difference.dtypes:
            severity = '' if found in KEEPS_DIGITS else WARNING
            yield Found(
                load.step.path_option, severity, expected=expected, found=found, count=count
            )


RULE = Rule('WC601', 'other-precision', INFO, LOAD, look)
