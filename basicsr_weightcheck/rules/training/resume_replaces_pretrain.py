"""A resume loads other weights than those that the YAML names.

Source: basicsr 1.4.2 utils/misc.py `check_resume`; Restormer's and NAFNet's train.py resume
whatever lies in experiments/<name>/training_states.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    resume = case.report.plan.resume
    for option, configured, used in resume.replaced if resume is not None else ():
        assert resume is not None
        yield Found(option, state=resume.state_path, configured=configured, used=used)


RULE = Rule('WC503', 'resume-replaces-pretrain', WARNING, TRAINING, look)
