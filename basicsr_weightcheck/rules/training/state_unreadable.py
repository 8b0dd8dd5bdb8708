"""The state file that the training is to resume from cannot be read.

Why it matters: a cut download, a Git-LFS pointer or a damaged file; torch.load stops with words
that rarely name the cause.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/718
False alarms: none known.
What to do: take the state before it, or take `resume_state` out and start from the weights.
Source: the reader of this project; basicsr 1.4.2 train.py `load_resume_state`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    state = case.report.resume_state
    if state is not None and state.problem == 'unreadable':
        yield Found('path.resume_state', state=state.path, reason=state.reason)


RULE = Rule('WC515', 'state-unreadable', ERROR, TRAINING, look, explains=('WC511',))
