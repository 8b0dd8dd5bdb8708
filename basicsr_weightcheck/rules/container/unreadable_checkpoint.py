"""The file is no weight file, or one whose index contradicts itself.

Why it matters: torch.load stops with an error that rarely names the cause: torch 2.6 and newer
call an HTML page, a Git-LFS pointer or an archive a failure of weights_only.
Evidence: https://github.com/pytorch/pytorch/issues/16203 (HTML),
https://github.com/pytorch/pytorch/issues/150998 (Git-LFS),
https://github.com/openvinotoolkit/open_model_zoo/pull/3997 (tar).
False alarms: a file beyond a ceiling of this project's reader, which the message names, and a tar
file of torch before 0.2, which torch before 2.6 still reads.
What to do: get the file again, or extract it; the message says which. weights_only=False cures
none of these.
Source: torch/serialization.py `load`; basicsr_weightcheck/checkpoint/sniff.py `sniff`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.errors import UnsafePickleError
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import torch_alone
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    error = case.errors.get(load.step.load_path)
    if (
        error is not None
        and not isinstance(error, UnsafePickleError)
        and not torch_alone(load, case)
    ):
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            option=load.step.path_option,
            reason=error.what,
            advice=error.advice,
        )


RULE = Rule('WC101', 'unreadable-checkpoint', ERROR, LOAD, look)
