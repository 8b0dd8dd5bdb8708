"""A conversion of the file gives more of the network than loading it as it is.

Why it matters: strict_load false drops what has another name or form; for MDTA to HTA the
depthwise convolutions of q and k are in the file, as thirds of qkv_dwconv.
Evidence: own tests; basicsr_weightcheck/archs/restormer_arch.py.
False alarms: none known; the conversion was rehearsed, and more parameters load.
What to do: run the command and take its file, or stay with the simple edit.
Source: conversion/shipped/mdta-to-hta.yml.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import fraction
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    other = load.alternative
    if other is None or other.conversion is None or other.proof is None:
        return
    if not other.conversion.recipe.renames or _said_before(load, case):
        return
    edits = [f'{edit.option}: {_shown(edit.after)}' for edit in other.edits]
    plain = load.recommendation.proof if load.recommendation else None
    yield Found(
        load.step.path_option,
        fraction=other.proof.parameter_fraction,
        plain=plain.parameter_fraction if plain is not None else fraction(load),
        command=other.conversion.command,
        edits=tuple(edits),
    )


def _said_before(load: LoadReport, case: Case) -> bool:
    """net_g and net_g_ema read the same file: one sentence is enough."""
    for earlier in case.report.loads:
        if earlier.step == load.step:
            return False
        if earlier.alternative is not None and load.alternative is not None:
            if earlier.alternative.conversion == load.alternative.conversion:
                return True
    return False


def _shown(value: object) -> str:
    return '~' if value is None else str(value).lower() if isinstance(value, bool) else str(value)


RULE = Rule('WC216', 'better-conversion-exists', INFO, LOAD, look)
