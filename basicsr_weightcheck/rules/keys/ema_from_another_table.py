"""net_g and net_g_ema read tables that do not belong together.

Why it matters: the table of net_g_ema is always params_ema, or params where that is missing. A
param_key_g that names a third table then gives both networks different weights, silently.
Evidence: own tests.
False alarms: a third table that holds the same weights as params.
What to do: convert the file so that params holds the table meant, and leave param_key_g out.
Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`, models/base_model.py
`load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

EMA = '_ema'
TOGETHER = {'params', 'params_ema'}


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if not load.step.network.endswith(EMA) or load.configured is None or not load.configured.loads:
        return
    plain = load.step.network[: -len(EMA)]
    for other in case.report.loads:
        if other.step.network != plain or other.step.load_path != load.step.load_path:
            continue
        tables = {other.key_used, load.key_used}
        if None not in tables and len(tables) == 2 and tables != TOGETHER:
            yield Found(
                other.step.key_option,
                network=load.step.network,
                key=load.key_used or 'label:table-root',
                plain=plain,
                other=other.key_used or 'label:table-root',
                path=load.step.load_path,
            )


RULE = Rule('WC219', 'ema-from-another-table', WARNING, LOAD, look, explains=('WC207',))
