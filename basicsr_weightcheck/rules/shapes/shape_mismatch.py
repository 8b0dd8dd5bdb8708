"""Tensors have equal names and other shapes.

Why it matters: another width, scale or number of channels; torch stops under strict loading,
BasicSR renames such keys to '<key>.ignore' without it.
Source: basicsr 1.4.2 models/base_model.py `_print_different_keys_loading`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference = load.difference
    if difference is None or not difference.mismatched:
        return
    first = difference.mismatched[0]
    yield Found(
        load.step.path_option,
        ERROR if load.configured is not None and load.configured.loads is False else '',
        count=len(difference.mismatched),
        key=first.key,
        expected=shape(first.expected),
        found=shape(first.found),
        section=load.step.network_option,
    )


RULE = Rule('WC301', 'shape-mismatch', WARNING, LOAD, look)
