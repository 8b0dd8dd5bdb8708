"""Weights (.pth) are named as resume_state.

Why it matters: a resume reads the iteration and the optimizers from the file; a weight file has
neither, and the training stops with KeyError: 'iter'.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/717,
https://github.com/xinntao/Real-ESRGAN/issues/472
False alarms: none known.
What to do: name the file in pretrain_network_g, and take `resume_state` out.
Source: basicsr 1.4.2 train.py `load_resume_state`, `resume_state['iter']`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    state = case.report.resume_state
    if state is not None and state.problem == 'weights':
        yield Found('path.resume_state', state=state.path)


RULE = Rule('WC514', 'weights-as-state', ERROR, TRAINING, look, explains=('WC511',))
