"""The training script goes on from files that it finds, and no others are named.

Why it matters: it tells that the run goes on, and from which files.
Evidence: own tests.
False alarms: none known.
What to do: nothing; for a new run choose another task.
Source: KAIR utils/utils_option.py `find_last_checkpoint` (fc1732f).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.facts import told
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    return told(case, RULE.code)


RULE = Rule('WC546', 'goes-on-by-itself', INFO, TRAINING, look)
