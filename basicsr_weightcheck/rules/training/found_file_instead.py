"""A file that the training script finds by itself takes the place of the one that is named.

Why it matters: KAIR goes on from the newest file in the folder of the task, without being asked;
the file in the options is not read.
Evidence: https://github.com/cszn/KAIR/issues/94
False alarms: a run that is meant to go on.
What to do: nothing, if you go on with the run; else choose another task.
Source: KAIR main_train_psnr.py, main_train_vrt.py `main` (fc1732f).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.facts import told
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    return told(case, RULE.code)


RULE = Rule('WC542', 'found-file-instead', WARNING, TRAINING, look)
