"""The file is in torch's zip format, and the training has a torch that cannot read it.

Why it matters: torch before 1.6 stops with "Attempted to read a PyTorch file with version 3" or
takes the file for a TorchScript archive.
Evidence: https://github.com/pytorch/pytorch/issues/43766, https://github.com/princeton-vl/RAFT/issues/71
False alarms: none known.
What to do: save the file again in the older format, or train with torch 1.6 or newer.
Source: torch/serialization.py of 1.6, `_use_new_zipfile_serialization`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule
from basicsr_weightcheck.version import version_numbers

FIRST_WITH_ZIP = (1, 6)


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    rehearsal, header = case.report.rehearsal, load.header
    if rehearsal is None or header is None or header.container != 'torch-zip':
        return
    if () < version_numbers(rehearsal.torch_version) < FIRST_WITH_ZIP:
        yield Found(
            load.step.path_option, path=load.step.load_path, version=rehearsal.torch_version
        )


RULE = Rule('WC109', 'zip-for-old-torch', ERROR, LOAD, look)
