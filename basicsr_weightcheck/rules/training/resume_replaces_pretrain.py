"""The training resumes, and the weights of the run replace those that the YAML names.

Why it matters: Restormer, NAFNet and their relatives resume from any state in
experiments/<name>/training_states without being asked; BasicSR does so with --auto_resume or
resume_state. strict_load stays as written.
Evidence: https://github.com/kynthesis/StarSRGAN/issues/7,
https://github.com/XPixelGroup/BasicSR/issues/717,
https://github.com/XPixelGroup/BasicSR/issues/64.
False alarms: a resume that is meant, with the YAML that the run was begun with.
What to do: nothing, if you go on with the run. To resume with the weights of the YAML, list the
network in ignore_resume_networks: network_g in BasicSR, g in Restormer and NAFNet.
Source: basicsr 1.4.2 train.py `load_resume_state`, utils/misc.py `check_resume`; Restormer and
NAFNet train.py `main`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    resume = case.report.plan.resume
    for option, configured, used in resume.replaced if resume is not None else ():
        assert resume is not None
        if configured:
            yield Found(option, state=resume.state_path, configured=configured, used=used)


RULE = Rule('WC503', 'resume-replaces-pretrain', WARNING, TRAINING, look)
