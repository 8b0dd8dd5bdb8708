"""The load asks for a table that the file does not have.

Why it matters: `load_net = load_net[param_key]` ends the training with KeyError; without EMA
files saved by other tools have no table at all.
Source: basicsr 1.4.2 models/base_model.py `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome, header = load.configured, load.header
    if outcome is None or header is None or outcome.error not in ('KeyError', 'TypeError'):
        return
    if load.step.key_configured is None:
        return
    yield Found(
        load.step.key_option,
        network=load.step.network,
        key=str(load.step.key_configured),
        path=load.step.load_path,
        tables=tuple(name or 'label:table-root' for name in header.tables) or ('-',),
        error=outcome.error,
    )


RULE = Rule('WC205', 'missing-table', ERROR, LOAD, look)
