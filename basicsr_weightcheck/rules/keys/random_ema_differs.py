"""What stays random is random twice, differently, in net_g and net_g_ema.

Why it matters: with a pretrained path BasicSR loads net_g_ema from the file instead of copying
net_g, so tensors that the file lacks start with other values in both.
Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.step.network.endswith('_ema') and load.configured is not None:
        missing = len(load.configured.missing) + len(load.configured.mismatched)
        if load.configured.loads and missing:
            yield Found(load.step.path_option, network=load.step.network, missing=missing)


RULE = Rule('WC210', 'random-ema-differs', WARNING, LOAD, look)
