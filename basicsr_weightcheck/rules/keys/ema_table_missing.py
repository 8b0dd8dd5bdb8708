"""net_g_ema asks for params_ema, the file does not have it, and the framework reads params.

Why it matters: the table of net_g_ema is fixed in the source, no option changes it; where the file
has no params either, the same call ends with KeyError.
Evidence: https://github.com/TencentARC/AnimeSR/issues/10,
own tests.
False alarms: it is the normal case of a file that was saved without averaged weights.
What to do: nothing, as long as net_g reads params too; where param_key_g names another table the
two networks start different, so save that table as params.
Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`; Restormer
models/image_restoration_model.py `init_training_settings`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import asked_and_used
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    asked, used = asked_and_used(load)
    if used and asked != used and not load.step.key_option:
        yield Found(network=load.step.network, path=load.step.load_path)


RULE = Rule('WC207', 'ema-table-missing', INFO, LOAD, look)
