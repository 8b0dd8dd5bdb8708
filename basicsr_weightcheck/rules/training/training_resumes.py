"""The training resumes, and the YAML names no other weights for it.

Why it matters: it tells that the run goes on, from which state, and with which weights.
Evidence: own tests; https://github.com/XPixelGroup/BasicSR/issues/64.
False alarms: none known.
What to do: nothing.
Source: basicsr 1.4.2 train.py `load_resume_state`, utils/misc.py `check_resume`; Restormer and
NAFNet train.py `main`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    resume = case.report.plan.resume
    if resume is not None and resume.replaced and not any(one[1] for one in resume.replaced):
        used = tuple(used for _, _, used in resume.replaced)
        yield Found('path.resume_state', state=resume.state_path, used=used)


RULE = Rule('WC528', 'training-resumes', INFO, TRAINING, look)
