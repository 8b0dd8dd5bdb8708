"""A load option stands outside `path:`, often after a lost indentation."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    options = case.report.plan.options
    for option in case.report.plan.misplaced_options:
        lost = not options.has('path.' + option.split('.')[-1])
        yield Found(option, ERROR if lost else '', option=option)


RULE = Rule('WC407', 'misplaced-option', WARNING, TRAINING, look, explains=('WC509',))
