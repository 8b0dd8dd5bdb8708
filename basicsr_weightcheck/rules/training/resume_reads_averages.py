"""A resume loads the averaged weights into the network that is trained.

Why it matters: the optimizer's state belongs to the raw weights. BasicSR turns params_ema into
params when it resumes; Restormer, NAFNet and CodeFormer do not.
Evidence: own tests
False alarms: none known.
What to do: write params while you resume.
Source: basicsr 1.4.2 utils/misc.py `check_resume` (last lines); Restormer's has none of them.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    option = case.report.plan.resume_traps.averages_option
    if option:
        yield Found(option, option=option)


RULE = Rule('WC522', 'resume-reads-averages', WARNING, TRAINING, look)
