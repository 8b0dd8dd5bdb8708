"""The load runs, and no parameter comes from the file.

Why it matters: the training starts from random weights and nothing says so.
Source: basicsr 1.4.2 `_print_different_keys_loading` prints keys, never counts.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.configured is None or not load.configured.loads or load.coverage is None:
        return
    if load.coverage.parameters_expected and not load.coverage.parameters_loaded:
        yield Found(load.step.path_option, path=load.step.load_path)


RULE = Rule('WC202', 'nothing-loaded', ERROR, LOAD, look)
