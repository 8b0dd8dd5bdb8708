"""The file names parts of NumPy 2, and the training has an older NumPy.

Why it matters: a torch before 2.6 imports every module that a file names; numpy._core exists since
NumPy 2, and the load stops with ModuleNotFoundError. Newer torch refuses such files anyway (WC104).
Evidence: https://github.com/ray-project/ray/issues/48053,
https://github.com/numpy/numpy/issues/28340
False alarms: none known.
What to do: save the weights again as plain tensors, where NumPy 2 is installed.
Source: numpy/_core (2.0); torch/serialization.py before 2.6, weights_only off by default.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule
from basicsr_weightcheck.version import version_numbers

FIRST_THAT_REFUSES = (2, 6)  # torch
FIRST_WITH_CORE = (2, 0)  # numpy


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    rehearsal, header = case.report.rehearsal, load.header
    if rehearsal is None or header is None:
        return
    numpy_version = version_numbers(rehearsal.numpy_version)
    names = tuple(name for name in header.globals if name.startswith('numpy._core.'))
    imports = () < version_numbers(rehearsal.torch_version) < FIRST_THAT_REFUSES
    if names and imports and () < numpy_version < FIRST_WITH_CORE:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            names=names,
            version=rehearsal.numpy_version,
        )


RULE = Rule('WC110', 'numpy-names-unknown', ERROR, LOAD, look)
