"""The file also has the table params_ema, and the load reads another one.

Why it matters: the published numbers of many models are those of params_ema; a finetuning from
params starts lower than expected.
Evidence: https://github.com/xinntao/Real-ESRGAN/issues/236,
https://github.com/cszn/KAIR/issues/94.
False alarms: a training that goes on where another one stopped needs params, the weights that the
optimizer worked on.
What to do: to start from the averaged weights, write params_ema in param_key_g (param_key in
Restormer and NAFNet).
Source: basicsr 1.4.2 models/sr_model.py `__init__`, `save`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

EMA_TABLE = 'params_ema'


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.header is None or not load.step.key_option or load.key_used == EMA_TABLE:
        return
    if EMA_TABLE in load.header.tables and load.key_used is not None:
        yield Found(
            load.step.key_option,
            path=load.step.load_path,
            key=load.key_used or 'label:table-root',
            option=load.step.key_option,
        )


RULE = Rule('WC208', 'ema-not-used', INFO, LOAD, look)
