"""Which script starts the training is not known, and was assumed.

Why it matters: KAIR's scripts differ in which files they look for; what is said holds for one.
Evidence: own tests.
False alarms: none known.
What to do: nothing, if it is that one; else name yours in weightcheck.script of the option file.
Source: KAIR main_train_psnr.py, main_train_gan.py, main_train_vrt.py, main_train_dncnn.py,
main_train_drunet.py, main_train_usrnet.py `main` (fc1732f).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.facts import told
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    return told(case, RULE.code)


RULE = Rule('WC544', 'script-assumed', INFO, TRAINING, look)
