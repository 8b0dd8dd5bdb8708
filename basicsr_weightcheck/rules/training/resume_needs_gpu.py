"""A resume on a machine without a GPU.

Why it matters: train.py puts every tensor of the state on the current GPU, whatever num_gpu says;
without one the training stops before it loads anything. The state itself is sound.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/107
False alarms: a check on another machine than the one that trains; so it is a warning.
What to do: resume on a machine with a GPU.
Source: basicsr 1.4.2 train.py `load_resume_state`, `torch.cuda.current_device()`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    state = case.report.resume_state
    if state is not None and not state.problem and state.lacks_gpu:
        yield Found('path.resume_state', state=state.path, count=state.cuda_tensors)


RULE = Rule('WC520', 'resume-needs-gpu', WARNING, TRAINING, look)
