"""Hardly anything of the file fits, under any table and any prefix.

Why it matters: a discriminator's file for a generator, or another architecture; strict false
would hide it.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference, outcome = load.difference, load.configured
    if difference is None or outcome is None or load.network is None:
        return
    if load.recommendation is None and load.must_be_false is None:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            network_type=load.network.network_type,
            matched=len(difference.matched),
            expected=difference.coverage.tensors_expected,
            fraction=difference.coverage.parameter_fraction,
        )


RULE = Rule('WC212', 'other-network', ERROR, LOAD, look)
