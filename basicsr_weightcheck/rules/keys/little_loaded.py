"""The load runs and takes less than half of the parameters.

Why it matters: most of the network starts random, and the log looks like that of a finetuning.
Evidence: own tests.
False alarms: a finetuning that is meant to take a small part, such as one stage of a larger
network.
What to do: make sure that this is the checkpoint you mean; compare the options of the network with
those it was trained with.
Source: basicsr 1.4.2 models/base_model.py `load_network`; basicsr_weightcheck/rules/facts.py
`LITTLE`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import LITTLE, amounts, fraction
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.configured is None or not load.configured.loads or load.coverage is None:
        return
    if 0 < fraction(load) < LITTLE:
        yield Found(load.step.path_option, **amounts(load.coverage))


RULE = Rule('WC203', 'little-loaded', WARNING, LOAD, look)
