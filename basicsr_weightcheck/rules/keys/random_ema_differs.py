"""What the file lacks starts random twice, with different values, in net_g and net_g_ema.

Why it matters: with a pretrained path BasicSR loads net_g_ema from the file instead of copying
net_g; validation uses net_g_ema, and the average needs many iterations to forget the other start.
Evidence: own tests.
False alarms: tensors that every new network starts equal (zeros, ones, buffers) are counted
although both networks agree in them.
What to do: expect the first validations to lag behind, or let the hook copy them: `weightcheck:
{align_ema: true}` in the YAML.
Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`, `test`.
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
