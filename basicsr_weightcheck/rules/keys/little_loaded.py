"""The load runs and takes less of the parameters, or of the tensors with more than one dimension,
than a start from pretrained weights needs: half, or what `weightcheck: {min_loaded: 0.2}` says.

Why it matters: most of the network starts random, and the log looks like that of a finetuning.
Both are counted: biases fit wherever the width does, and one large head can be nine tenths of all
parameters while every layer before it is random.
Evidence: own tests.
False alarms: a finetuning that is meant to take a small part, such as one stage of a larger
network: write `min_loaded`.
What to do: make sure that this is the checkpoint you mean; compare the options of the network with
those it was trained with.
Source: basicsr 1.4.2 models/base_model.py `load_network`; basicsr_weightcheck/records/outcomes.py
`Coverage.least`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import amounts
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.configured is None or not load.configured.loads or load.coverage is None:
        return
    asked = case.report.plan.min_loaded
    if load.coverage.parameters_loaded and load.coverage.least < asked:
        yield Found(
            load.step.path_option,
            asked=asked,
            weights_loaded=load.coverage.weights_loaded,
            weights_expected=load.coverage.weights_expected,
            **amounts(load.coverage),
        )


RULE = Rule('WC203', 'little-loaded', ERROR, LOAD, look)
