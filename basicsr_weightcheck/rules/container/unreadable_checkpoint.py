"""The file is no weight file, or contradicts itself.

Why it matters: torch.load stops with an error that rarely names the cause (an HTML page, a
Git-LFS pointer, a cut download).
Source: the restricted reader of this project; its words name what the file is.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.errors import UnsafePickleError
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    error = case.errors.get(load.step.load_path)
    if error is not None and not isinstance(error, UnsafePickleError):
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            option=load.step.path_option,
            reason=f'{error.what} {error.advice}'.strip(),
        )


RULE = Rule('WC101', 'unreadable-checkpoint', ERROR, LOAD, look)
