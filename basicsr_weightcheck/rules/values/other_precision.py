"""Tensors that match have another dtype in the file than in the network.

Why it matters: they are cast without a word: a file in half precision loads into a float32
network, and the lost digits do not come back.
Evidence: https://github.com/neosr-project/neosr/issues/83,
https://github.com/NVlabs/Sana/issues/47.
False alarms: a file that was saved in half precision on purpose, to be small.
What to do: nothing, if this is the checkpoint you mean; else take the file in full precision.
Source: torch/nn/modules/module.py `_load_from_state_dict` (`param.copy_(input_param)`).
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
