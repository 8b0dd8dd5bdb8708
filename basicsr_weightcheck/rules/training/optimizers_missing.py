"""The state has another number of optimizers than the model.

Why it matters: a GAN resumed from the state of its first stage, or the other way round; the
training stops with AssertionError: Wrong lengths of optimizers.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/229
False alarms: none known; said only of model classes whose optimizers are known.
What to do: start the second stage from the weights of the first, without its state.
Source: basicsr 1.4.2 models/base_model.py `resume_training`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    state = case.report.resume_state
    if state is not None and not state.problem and state.lacks_optimizers:
        yield Found(
            'path.resume_state',
            state=state.path,
            found=len(state.optimizers),
            expected=len(state.expected),
            model_type=case.report.plan.model_type,
        )


RULE = Rule('WC519', 'optimizers-missing', ERROR, TRAINING, look, explains=('WC511',))
