"""The search for a state looks into another folder than the one that holds the states.

Why it matters: the search starts at the working directory, the experiment lies beside the code. The
training then begins from scratch and renames the old experiment.
Evidence: own tests; https://github.com/kynthesis/StarSRGAN/issues/7
False alarms: a fresh start that is meant, under a name that is taken.
What to do: start the training in the folder above experiments.
Source: basicsr 1.4.2 train.py `load_resume_state` (relative path), utils/options.py (root_path).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    plan = case.report.plan
    if plan.resume_traps.elsewhere:
        yield Found('', folder=plan.resume_traps.elsewhere, started=plan.working_directory)


RULE = Rule('WC524', 'resume-looks-elsewhere', ERROR, TRAINING, look)
