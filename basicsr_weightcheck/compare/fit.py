"""How well one file fits one network: the best of its tables, and the strict that loads it."""

from __future__ import annotations

import dataclasses
from typing import Optional, Tuple

from basicsr_weightcheck.compare.key_renames import find_renames, is_convincing
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.compare.structure import compare_table
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.outcomes import Coverage, Outcome, Trial
from basicsr_weightcheck.records.reports import RehearsedLoad
from basicsr_weightcheck.records.scans import (
    CONTAINER,
    ERROR,
    FULL,
    NAMES,
    NOTHING,
    PARTLY,
    PREFIX,
    REFUSED,
    ScanRow,
)
from basicsr_weightcheck.records.tensors import CheckpointHeader, Mapping, NetworkSpec

SAFETENSORS = 'safetensors'
USUAL = ('params', 'params_ema', '')  # on a tie the table that load_network reads by itself


def fit(header: CheckpointHeader, network: NetworkSpec, reads_safetensors: bool = False) -> ScanRow:
    """What a load of this file into this network takes at best, by name and shape.

    The table is named in the YAML as param_key_g; the load itself is `predict_load`'s.

    Args:
        header: of the file.
        network: what is expected.
        reads_safetensors: the framework's loader does.
    """
    best: Optional[Tuple[Tuple[float, int, int], str, Coverage, Outcome]] = None
    for name in header.tables:
        if '.' in name:
            continue  # load_network reads tables of the root only
        outcome = predict_load(header, network, Trial(False, name or None, header.path), False)
        coverage = Coverage.of(network, outcome.loaded)
        usual = -USUAL.index(name) if name in USUAL else -len(USUAL)
        rank = (coverage.parameter_fraction if outcome.loads else 0.0, len(outcome.loaded), usual)
        if best is None or rank > best[0]:
            best = (rank, name, coverage, outcome)
    if best is None:
        return no_fit(header.path, network, phrase('no-table'))
    _, table, coverage, outcome = best
    if header.container == SAFETENSORS and not reads_safetensors:
        share = coverage.parameter_fraction if outcome.loaded else 0.0
        row = no_fit(header.path, network, '')
        return dataclasses.replace(row, table=table, convertible=share, reason=CONTAINER)
    trial = Trial(True, table or None, header.path)
    strict = bool(predict_load(header, network, trial, False).loads)
    row = ScanRow(
        path=header.path,
        table=table,
        strict=True if strict else False if outcome.loaded else None,
        fraction=coverage.parameter_fraction if outcome.loaded else 0.0,
        tensors_loaded=coverage.tensors_loaded,
        tensors_expected=coverage.tensors_expected,
        missing=len(outcome.missing),
        unexpected=len(outcome.unexpected),
        mismatched=len(outcome.mismatched),
        convertible=coverage.parameter_fraction if outcome.loaded else 0.0,
        reason=FULL if strict else PARTLY if outcome.loaded else NOTHING,
    )
    return row if strict else _with_prefix(row, header.tables[table], network)


def rehearsed(header: CheckpointHeader, load: RehearsedLoad) -> ScanRow:
    """What a framework's own loader made of a file: with strict loading, else without."""
    strict = bool(load.strict_true.loads)
    outcome = load.strict_true if strict else load.strict_false
    if not outcome.loads:
        outcome = load.configured
    taken = outcome.loaded if outcome.loads else ()
    coverage = Coverage.of(load.network, taken, outcome.partial if outcome.loads else ())
    share = coverage.parameter_fraction
    full = strict and len(taken) == len(load.network.tensors)
    stopped = not outcome.loads and not (outcome.missing or outcome.unexpected)
    row = ScanRow(
        path=header.path,
        table=outcome.key_used,
        strict=True if strict else False if taken else None,
        fraction=share,
        tensors_loaded=coverage.tensors_loaded,
        tensors_expected=coverage.tensors_expected,
        missing=len(outcome.missing),
        unexpected=len(outcome.unexpected),
        mismatched=len(outcome.mismatched),
        convertible=share,
        reason=FULL if full else ERROR if stopped else PARTLY if taken else NOTHING,
        detail=f'{outcome.error}: {outcome.message}' if stopped else '',
    )
    table = header.tables.get(outcome.key_used or '')
    return row if strict or stopped or table is None else _with_prefix(row, table, load.network)


def compared(header: CheckpointHeader, network: NetworkSpec, cuts_module: str) -> ScanRow:
    """The row of a file whose load nobody has made: what names and shapes alone say.

    Args:
        header: of the file.
        network: what is expected.
        cuts_module: as `Framework.cuts_module`.
    """
    found = [
        compare_table(table, name, network, cuts_module) for name, table in header.tables.items()
    ]
    if not found:
        return no_fit(header.path, network, phrase('no-table'))
    best = max(found, key=lambda one: one.coverage.parameter_fraction)
    return ScanRow(
        header.path, best.table, None, 0.0, 0, len(network.tensors), len(best.missing),
        len(best.unexpected), len(best.mismatched), best.coverage.parameter_fraction, NAMES,
    )  # fmt: skip


def no_fit(path: str, network: NetworkSpec, why: str) -> ScanRow:
    """The row of a file that cannot be read."""
    return ScanRow(path, None, None, 0.0, 0, len(network.tensors), 0, 0, 0, 0.0, ERROR, why)


def refused(row: ScanRow, why: str) -> ScanRow:
    """The row of a file that torch does not load as it is, whatever fits in it."""
    if row.reason == ERROR:
        return row
    return dataclasses.replace(
        row, strict=None, fraction=0.0, tensors_loaded=0, reason=REFUSED, detail=why
    )


def _with_prefix(row: ScanRow, table: Mapping, network: NetworkSpec) -> ScanRow:
    """The row, with the prefix that keeps most names from fitting where there is one."""
    renames = find_renames(network, table)
    if not renames or not is_convincing(renames[0], len(table.tensors), len(network.tensors)):
        return row
    strip, add = renames[0].found, renames[0].expected
    shapes = {
        add + spec.key[len(strip) :]: spec.shape
        for spec in table.tensors
        if spec.key.startswith(strip)
    }
    fitting = tuple(spec.key for spec in network.tensors if shapes.get(spec.key) == spec.shape)
    share = Coverage.of(network, fitting).parameter_fraction
    return dataclasses.replace(row, convertible=share, reason=PREFIX, detail=strip or add)
