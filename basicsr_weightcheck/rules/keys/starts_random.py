"""A network starts random beside one that is loaded.

Why it matters: a discriminator or a second stage that starts anew pulls the loaded generator away
from what it knows; often its weights are there and only their option is missing.
Evidence: own tests.
False alarms: a network that is meant to start anew; so it is a line of information.
What to do: name its weights too, if you have them; otherwise nothing.
Source: basicsr 1.4.2 models/srgan_model.py `init_training_settings` (pretrain_network_d).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    sources = [one for one in case.report.sources if one.section]
    if not any(one.files for one in sources):
        return
    for one in sources:
        parameters = any(spec.is_parameter for spec in one.spec.tensors)
        tried = any(load.step.network == one.network for load in case.report.loads)
        if parameters and not one.files and not tried:
            yield Found(one.section, network=one.network, network_type=one.spec.network_type)


RULE = Rule('WC243', 'starts-random', INFO, TRAINING, look)
