"""The load stops under strict loading and runs without it.

Why it matters: `strict_load_g: true` ends the training with torch's RuntimeError; false lets
what matches load and leaves the rest random. Said only where nothing else (a prefix, a wrapper,
another table) explains the difference: there strict false would load nothing.
Source: torch/nn/modules/module.py `load_state_dict`; the outcome is the framework's own.
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
    yield Found(
        load.step.strict_option,
        option=load.step.strict_option or 'strict_load',
        error=error,
        missing=len(difference.missing),
        unexpected=len(difference.unexpected),
        mismatched=len(difference.mismatched),
        **amounts(difference.coverage),
    )


RULE = Rule('WC201', 'strict-must-be-false', ERROR, LOAD, look)
