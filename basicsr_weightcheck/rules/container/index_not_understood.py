"""The index of the weight file is beyond the reader of this check, and torch loads the file.

Why it matters: names and sizes could not be held against the network beforehand; what is said of
the load is what the framework did with it, and no option is explained or recommended.
Evidence: own tests.
False alarms: none known.
What to do: nothing; read what the networks start on.
Source: torch/serialization.py `load` (2.13); basicsr_weightcheck/checkpoint/limits.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import torch_alone
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if torch_alone(load, case):
        reason = case.errors[load.step.load_path].what
        yield Found(load.step.path_option, path=load.step.load_path, reason=reason)


RULE = Rule('WC112', 'index-not-understood', INFO, LOAD, look)
