"""The training script sets an option that names weights, in a way that is not followed.

Why it matters: which file is loaded is decided there, and nothing can be said of it.
Evidence: own tests.
False alarms: a statement that leaves the value as it is.
What to do: let the hook check the training itself (run), which sees what is loaded.
Source: KAIR main_train_gan.py `main` (fc1732f), where users are told to set one by hand.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.facts import told
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    return told(case, RULE.code)


RULE = Rule('WC545', 'option-set-otherwise', WARNING, TRAINING, look)
