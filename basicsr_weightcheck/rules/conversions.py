"""Rules about conversions that cure or improve a load."""

from __future__ import annotations

from typing import Iterator, Optional

from basicsr_weightcheck.records.findings import ERROR, INFO, Conversion
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import Case, Found, fraction, rule

COUNTERS = ('total_ops', 'total_params')


@rule('WC214', 'named-by-another-generation', ERROR)
def named_by_another_generation(load: LoadReport, case: Case) -> Iterator[Found]:
    """The file has the names of an older code of the same network.

    Why it matters: every tensor is there, and none loads: ESRGAN's RRDBNet was named in three ways.
    strict_load false loads nothing, or only the layers whose names stayed.
    Evidence: https://github.com/xinntao/ESRGAN/issues/69,
    https://github.com/xinntao/Real-ESRGAN/issues/154.
    False alarms: none known; the renamed file was rehearsed.
    What to do: convert the file once.
    Source: basicsr 1.4.2 archs/rrdbnet_arch.py; conversion/shipped/*.yml.
    """
    conversion = load.recommendation.conversion if load.recommendation else None
    difference = load.difference
    if conversion is None or not conversion.recipe.rules or difference is None:
        return
    proof = load.recommendation.proof if load.recommendation else None
    yield Found(
        load.step.path_option,
        path=load.step.load_path,
        rules=conversion.recipe.rules,
        renamed=proof.parameter_fraction if proof is not None else 'label:unknown',
        matched=len(difference.matched),
        expected=difference.coverage.tensors_expected,
        network_type=load.step.network_type,
    )


@rule('WC215', 'profiler-buffers', INFO)
def profiler_buffers(load: LoadReport, case: Case) -> Iterator[Found]:
    """The file has counters that a profiler put into the network before it was saved.

    Why it matters: strict loading stops at total_ops and total_params, which are no weights.
    Evidence: https://github.com/Lyken17/pytorch-OpCounter/issues/82,
    https://github.com/ultralytics/yolov3/issues/1471.
    False alarms: a network with a buffer of that name of its own.
    What to do: drop them by a conversion; strict_load false is harmless where nothing else differs.
    Source: pytorch-OpCounter thop/profile.py.
    """
    difference = load.difference
    if difference is None:
        return
    counters = [key for key in difference.unexpected if key.rpartition('.')[2] in COUNTERS]
    if counters:
        conversion = _conversion_of(load)
        alone = len(counters) == len(difference.unexpected)
        alone = alone and not (difference.missing or difference.mismatched)
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            count=len(counters),
            harmless='label:harmless' if alone else 'label:not-alone',
            command=conversion.command if conversion is not None else '-',
        )


@rule('WC216', 'better-conversion-exists', INFO)
def better_conversion_exists(load: LoadReport, case: Case) -> Iterator[Found]:
    """A conversion of the file gives more of the network than loading it as it is.

    Why it matters: strict_load false drops what has another name or form; for MDTA to HTA the
    depthwise convolutions of q and k are in the file, as thirds of qkv_dwconv.
    Evidence: own tests; basicsr_weightcheck/archs/restormer_arch.py.
    False alarms: none known; the conversion was rehearsed, and more parameters load.
    What to do: run the command and take its file, or stay with the simple edit.
    Source: conversion/shipped/mdta-to-hta.yml.
    """
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


@rule('WC217', 'several-networks-fit', INFO)
def several_networks_fit(load: LoadReport, case: Case) -> Iterator[Found]:
    """The file holds the same network more than once, under different prefixes.

    Why it matters: generator_ema. is the average that is usually tested, generator. what was
    trained; names and shapes cannot tell which is wanted.
    Evidence: https://github.com/open-mmlab/mmagic/issues/1439.
    False alarms: none known.
    What to do: choose with --strip-prefix.
    Source: the names of the file.
    """
    difference, conversion = load.difference, _conversion_of(load)
    if difference is None or conversion is None or not conversion.recipe.strip:
        return
    best = [one for one in difference.renames if one.matched == difference.renames[0].matched]
    found = tuple(one.found for one in best if one.kind == 'prefix-strip')
    if len(found) > 1:
        chosen = conversion.recipe.strip[0]
        yield Found(load.step.path_option, prefixes=found, chosen=chosen)


def _conversion_of(load: LoadReport) -> Optional[Conversion]:
    for advice in (load.recommendation, load.alternative):
        if advice is not None and advice.conversion is not None:
            return advice.conversion
    return None


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
