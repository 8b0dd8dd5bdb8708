"""The same option is written twice in one section.

Why it matters: the YAML loader takes the later one without a word. Two different values at the top
level, in path: or in the section of a network end the check with exit code 2 instead.
Evidence: own tests.
False alarms: both values are equal; the next edit may change only one of them.
What to do: remove one of the two.
Source: basicsr 1.4.2 utils/options.py `ordered_yaml`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for option, first, later, same, used in case.report.plan.options.duplicates:
        if used:
            continue  # there for its anchor
        effect = 'label:twice-same' if same else 'label:twice-later'
        yield Found(option, option=option, first=str(first), later=str(later), effect=effect)


RULE = Rule('WC406', 'duplicate-option', WARNING, TRAINING, look)
