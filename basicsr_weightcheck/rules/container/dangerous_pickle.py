"""The pickle names functions that would run code.

Why it matters: torch before 2.6 calls them while it loads the file.
Source: CPython's pickle, opcodes REDUCE and GLOBAL.
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
        yield Found(load.step.path_option, path=load.step.load_path, names=error.what)


RULE = Rule('WC105', 'dangerous-pickle', ERROR, LOAD, look)
