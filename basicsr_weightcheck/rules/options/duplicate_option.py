"""The same option is written twice in one section.

Why it matters: the YAML loader takes the later one without a word. At the top level, in path: and
in the section of a network the check ends with exit code 2 instead of this finding.
Evidence: own tests.
False alarms: both values are equal.
What to do: remove one of the two.
Source: basicsr 1.4.2 utils/options.py `ordered_yaml`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for option, first, later in case.report.plan.options.duplicates:
        yield Found(option, option=option, first=str(first), later=str(later))


RULE = Rule('WC406', 'duplicate-option', WARNING, TRAINING, look)
