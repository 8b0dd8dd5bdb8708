"""Tensors that would be loaded hold infinite values.

Why it matters: the load runs, and outputs become infinite or NaN. Often half precision overflowed
when the file was saved.
Evidence: https://github.com/NVlabs/Sana/issues/47
False alarms: buffers that hold a mask of -inf on purpose; the hook knows those
that were so before the load. Said only with --values and by the hook.
What to do: take another checkpoint, or the file in full precision.
Source: torch/nn/modules/module.py, `param.copy_(input_param)`.
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
        yield from bad_values(load, [(one.key, one.inf) for one in health.tensors])


RULE = Rule('WC603', 'infinite-values', ERROR, LOAD, look)
