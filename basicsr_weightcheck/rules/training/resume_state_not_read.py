"""With --auto_resume the resume_state of the YAML is not read.

Why it matters: the training looks only into experiments/<name>/training_states; where that holds no
state it starts from scratch, whatever resume_state says.
Evidence: own tests
False alarms: none known.
What to do: leave --auto_resume out.
Source: basicsr 1.4.2 train.py `load_resume_state`, the branch of `opt['auto_resume']`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    state = case.report.plan.resume_traps.not_read
    if state:
        yield Found('path.resume_state', state=state)


RULE = Rule('WC525', 'resume-state-not-read', ERROR, TRAINING, look)
