"""A training state (.state) is named as pretrained weights.

Why it matters: a state holds optimizers, schedulers and an iteration, no weights; the load stops
with KeyError, or takes nothing where strict loading is off.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/717,
https://github.com/XPixelGroup/BasicSR/issues/64
False alarms: none known.
What to do: put the state into path.resume_state; the weights of that iteration lie in
experiments/<name>/models.
Source: basicsr 1.4.2 models/base_model.py `save_training_state`, `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.header is not None and load.header.is_training_state:
        section = load.step.network_option.replace('network_', 'net_')
        yield Found(
            load.step.path_option, path=load.step.load_path, weights=f'{section}_<iter>.pth'
        )


RULE = Rule(
    'WC240',
    'state-as-pretrain',
    ERROR,
    LOAD,
    look,
    explains=('WC104', 'WC202', 'WC205', 'WC206', 'WC212', 'WC213'),
)
