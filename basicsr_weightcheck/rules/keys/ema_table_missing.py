"""net_g_ema asks for params_ema and gets params.

Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`, fixed key 'params_ema'.
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
