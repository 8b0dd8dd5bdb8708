"""The load runs and takes as much of the network as is asked for (half) or more; some tensors stay
random or are dropped.

Why it matters: it is right for a finetuning with another head or scale, and wrong where everything
was meant to load; BasicSR logs the names and never the amount.
Evidence: https://github.com/XPixelGroup/HAT/issues/90,
https://github.com/xinntao/EDVR/issues/71.
False alarms: a file that only has keys beyond the network, such as the counters of a profiler:
nothing is lost.
What to do: nothing, if this is what you want; the load log lists every tensor.
Source: basicsr 1.4.2 models/base_model.py `_print_different_keys_loading`;
torch/nn/modules/module.py `load_state_dict`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import amounts, only_buffers_missing
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference = load.difference
    if load.configured is None or not load.configured.loads or load.coverage is None:
        return
    if difference is None or load.coverage.least < case.report.plan.min_loaded:
        return
    if only_buffers_missing(load) and not difference.unexpected:
        return  # WC302 says it; they start as the network makes them, not random
    if difference.missing or difference.unexpected or difference.mismatched:
        yield Found(
            load.step.path_option,
            missing=len(difference.missing),
            unexpected=len(difference.unexpected),
            mismatched=len(difference.mismatched),
            **amounts(load.coverage),
        )


RULE = Rule('WC204', 'partly-loaded', INFO, LOAD, look)
