"""The pickle names functions that do things instead of describing data: os, subprocess,
builtins.exec and the like.

Why it matters: where weights_only is off (the default before torch 2.6) torch calls what a pickle
names while it loads the file.
Evidence: own tests.
False alarms: a whole module that was pickled with a functools.partial or an operator in it may be
harmless; names alone do not tell it from an attack.
What to do: do not load the file; take the weights from a source that you trust, as a state dict or
as safetensors.
Source: CPython Lib/pickle.py `load_global`, `load_reduce`;
basicsr_weightcheck/checkpoint/dangerous_globals.py `dangerous_globals`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.errors import UnsafePickleError
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    error = case.errors.get(load.step.load_path)
    if isinstance(error, UnsafePickleError):
        yield Found(load.step.path_option, path=load.step.load_path, names=error.names)


RULE = Rule('WC105', 'dangerous-pickle', ERROR, LOAD, look)
