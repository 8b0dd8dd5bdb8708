"""Every tensor that would be loaded is zero.

Why it matters: a file whose data was never written, or a network that died; it loads without a
word.
Evidence: own tests
False alarms: a placeholder that is meant to be zero (`weightcheck: {check_values: false}`). Single
zero tensors (biases, scales) are usual and not reported. Said only with --values and by the hook.
What to do: get the file again.
Source: the values of the file.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    health = case.values.get(load.step.network)
    if health is None or not health.measured:
        return
    zero = sum(one.zero for one in health.tensors)
    if zero == health.measured:
        yield Found(load.step.path_option, path=load.step.load_path, count=zero)


RULE = Rule('WC604', 'all-zero-values', ERROR, LOAD, look)
