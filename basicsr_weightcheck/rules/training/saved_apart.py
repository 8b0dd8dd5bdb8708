"""Files that the training goes on from were not saved together.

Why it matters: KAIR looks for the newest file of each kind by itself; after an interrupted save, or
a file that was put there by hand, the average belongs to other weights than the network.
Evidence: own tests.
False alarms: a file that was put there on purpose.
What to do: take the newer one away, or put its counterpart beside it.
Source: KAIR utils/utils_option.py `find_last_checkpoint` (fc1732f).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.facts import told
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    return told(case, RULE.code)


RULE = Rule('WC543', 'saved-apart', WARNING, TRAINING, look)
