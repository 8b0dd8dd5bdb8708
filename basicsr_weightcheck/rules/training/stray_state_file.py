"""A file in training_states whose name is no iteration.

Why it matters: the search for the latest state makes a number of every name; one note, .DS_Store or
best.state ends the training with ValueError.
Evidence: own tests
False alarms: none known.
What to do: move the file away.
Source: Restormer train.py, `int(x[0:-6])`; basicsr 1.4.2 train.py `load_resume_state`,
`float(v.split('.state')[0])`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for name in case.report.plan.resume_traps.stray:
        yield Found('', name=name, folder=f'experiments/{case.report.plan.name}/training_states')


RULE = Rule('WC523', 'stray-state-file', ERROR, TRAINING, look)
