"""The framework overwrites an option that turns strict loading off.

Why it matters: KAIR looks for E_param_strict and D_param_strict below path:, and where it finds
none sets those below train: to true; every option file that it ships has them below train:.
Evidence: own tests.
False alarms: none known.
What to do: write the option below path: as well; its value there is not read.
Source: KAIR utils/utils_option.py `parse` (fc1732f).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.facts import told
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    return told(case, RULE.code)


RULE = Rule('WC441', 'strict-overwritten', WARNING, TRAINING, look)
