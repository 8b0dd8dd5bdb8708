"""The root of the file is read, and the weights lie one level below, in tables.

Why it matters: under strict loading the tables are unexpected keys and the training stops; without
strict nothing is loaded and nothing says so.
Evidence: https://github.com/JingyunLiang/SwinIR/issues/24,
https://github.com/Lightning-AI/pytorch-lightning/issues/3629.
False alarms: none known.
What to do: name the table in param_key_g (param_key in Restormer and NAFNet); a table inside a
table needs the conversion of the recommendation.
Source: basicsr 1.4.2 models/base_model.py `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.header is None or load.configured is None or load.key_used != '':
        return
    if load.header.tables and '' not in load.header.tables:
        yield Found(
            load.step.key_option,
            network=load.step.network,
            path=load.step.load_path,
            tables=tuple(load.header.tables),
        )


RULE = Rule('WC213', 'root-has-tables-only', ERROR, LOAD, look)
