"""The sidecar beside the checkpoint was written for another file, or does not say for which.

Why it matters: it would tell the options of a network that the weights are not of; it is ignored.
Evidence: own tests.
False alarms: sidecars of the first format, which say nothing of their file.
What to do: nothing; delete it, or copy a checkpoint together with its sidecar.
Source: basicsr_weightcheck/plan/provenance.py `seal`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.stale_sidecar:
        yield Found(load.step.path_option, sidecar=load.stale_sidecar, path=load.step.load_path)


RULE = Rule('WC316', 'sidecar-of-another-file', INFO, LOAD, look)
