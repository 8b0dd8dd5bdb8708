"""The state file that the training is to resume from does not exist.

Why it matters: the training stops with FileNotFoundError before anything else.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/18
False alarms: none known.
What to do: name a state that is there, or take `resume_state` out to start from the weights.
Source: basicsr 1.4.2 train.py `load_resume_state`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    state = case.report.resume_state
    if state is not None and state.problem == 'missing':
        yield Found('path.resume_state', state=state.path, nearest=state.nearest or '-')


RULE = Rule('WC513', 'state-missing', ERROR, TRAINING, look, explains=('WC511',))
