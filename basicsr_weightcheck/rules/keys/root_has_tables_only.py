"""param_key is blank, so the file's root is read, and the weights lie one level below.

Why it matters: strict loading stops (the tables are unexpected keys); without strict nothing is
loaded and nothing says so.
Source: basicsr 1.4.2 models/base_model.py `load_network`, `if param_key is not None`.
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
