"""A load option stands outside path:, often after a lost indentation, and path: has the same
option too.

Why it matters: only the one below path: is read. Where path: lacks it the check ends with exit
code 2 instead of this finding.
Evidence: own tests.
False alarms: an option of the same name that a section of another program part reads.
What to do: remove it, or move it below path: in place of the other.
Source: basicsr 1.4.2 models/sr_model.py `__init__`.
"""

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
