"""The load runs, and no parameter comes from the file.

Why it matters: the training starts from random weights, and no error says so: with strict off,
names that do not match are only logged.
Evidence: https://github.com/pytorch/examples/issues/1029,
https://github.com/yangyiliu21/ntire2023_ITBdehaze/issues/8.
False alarms: none known.
What to do: follow the recommendation; it names the prefix, the table or the conversion where one
explains it.
Source: basicsr 1.4.2 models/base_model.py `load_network`, `_print_different_keys_loading`.
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
