"""The YAML names no weights for any network.

Why it matters: every network starts random, and the training says nothing about it; a blank or
deleted line does the same.
Evidence: https://github.com/JingyunLiang/SwinIR/issues/24.
False alarms: a training from scratch.
What to do: nothing, if you train from scratch; else write pretrain_network_g below path:.
Source: basicsr 1.4.2 models/sr_model.py `__init__`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is not None and rehearsal.stop is not None:
        return  # it starts on nothing
    loaded = any(one.files for one in case.report.sources)
    if not case.report.plan.steps and not case.report.loads and not loaded:
        yield Found()


RULE = Rule('WC509', 'nothing-to-load', INFO, TRAINING, look)
