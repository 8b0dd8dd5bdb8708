"""How well one file fits one network: the best of its tables, and the strict that loads it."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple, Optional, Tuple

from basicsr_weightcheck.compare.key_names import is_convincing, prefix_rules
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.names import USUAL_TABLES, split_keys, stripped
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
from basicsr_weightcheck.records.tensors import (
    CheckpointHeader,
    Coverage,
    FileDict,
    NetworkSpec,
    Outcome,
)

USUAL = (*USUAL_TABLES, '')  # on a tie the table that load_network reads by itself


class _Tried(NamedTuple):
    """A table, and what a load of it that is not strict takes."""

    table: Optional[str]
    outcome: Outcome
    coverage: Coverage

    @property
    def fraction(self) -> float:
        """Share of the parameters; a network without any that takes nothing has none."""
        taken = self.outcome.loaded or self.outcome.partial
        return self.coverage.parameter_fraction if taken else 0.0

    @property
    def rank(self) -> Tuple[float, int, int]:
        usual = -USUAL.index(self.table) if self.table in USUAL else -len(USUAL)
        share = self.coverage.parameter_fraction if self.outcome.loads else 0.0
        return share, len(self.outcome.loaded), usual


def fit(header: CheckpointHeader, network: NetworkSpec, reads_safetensors: bool = False) -> ScanRow:
    """What a load of this file into this network takes at best, by name and shape.

    The table is named in the YAML as param_key_g; the load itself is `predict_load`'s.

    Args:
        reads_safetensors: the framework's loader does.
    """
    tried = []
    for name in header.tables:
        if '.' not in name:  # load_network reads tables of the root only
            outcome = _predicted(header, name, network, strict=False)
            tried.append(_Tried(name, outcome, Coverage.of(network, outcome.loaded)))
    if not tried:
        return no_fit(header.path, network, phrase('no-table'))
    best = max(tried, key=lambda one: one.rank)
    table = best.table or ''
    if not header.torch_reads and not reads_safetensors:
        row = no_fit(header.path, network, '')
        share = best.fraction
        return dataclasses.replace(row, table=best.table, convertible=share, reason=CONTAINER)
    strict = _predicted(header, table, network, strict=True).loads
    reason = FULL if strict else PARTLY if best.outcome.loaded else NOTHING
    row = _row(header, best, bool(strict), reason)
    return row if strict else _with_prefix(row, header.tables[table], network)


def _predicted(
    header: CheckpointHeader, table: str, network: NetworkSpec, *, strict: bool
) -> Outcome:
    return predict_load(header, network, strict, table or None, False)


def _row(header: CheckpointHeader, tried: _Tried, strict: bool, reason: str) -> ScanRow:
    outcome, coverage = tried.outcome, tried.coverage
    return ScanRow(
        path=header.path,
        table=tried.table,
        strict=True if strict else False if outcome.loaded else None,
        fraction=tried.fraction,
        tensors_loaded=coverage.tensors_loaded,
        tensors_expected=coverage.tensors_expected,
        missing=len(outcome.missing),
        unexpected=len(outcome.unexpected),
        mismatched=len(outcome.mismatched),
        convertible=tried.fraction,
        reason=reason,
    )


def rehearsed(header: CheckpointHeader, load: RehearsedLoad) -> ScanRow:
    """What a framework's own loader made of a file: with strict loading, else without."""
    strict = bool(load.strict_true.loads)
    # The strict call, else one that is not strict, else the one of the YAML, which ends early.
    outcomes = (load.strict_true, load.strict_false, load.configured)
    stopped = load.configured._replace(loaded=(), partial=())
    outcome = next((one for one in outcomes if one.loads), stopped)
    coverage = Coverage.of(load.network, outcome.loaded, outcome.partial)
    tried = _Tried(outcome.key_used, outcome, coverage)
    if strict and len(outcome.loaded) == len(load.network.tensors):
        return _row(header, tried, strict, FULL)
    if not any((outcome.loads, outcome.missing, outcome.unexpected)):
        row = _row(header, tried, strict, ERROR)
        return dataclasses.replace(row, detail=f'{outcome.error}: {outcome.message}')
    row = _row(header, tried, strict, PARTLY if outcome.loaded else NOTHING)
    table = header.tables.get(outcome.key_used or '')
    return row if strict or table is None else _with_prefix(row, table, load.network)


def compared(header: CheckpointHeader, network: NetworkSpec, cuts_module: str) -> ScanRow:
    """The row of a file whose load nobody has made: what names and shapes alone say.

    Args:
        cuts_module: as `Framework.cuts_module`.
    """
    found = [
        compare_table(table, name, network, cuts_module) for name, table in header.tables.items()
    ]
    if not found:
        return no_fit(header.path, network, phrase('no-table'))
    best = max(found, key=lambda one: one.coverage.parameter_fraction)
    return dataclasses.replace(
        no_fit(header.path, network, ''),
        table=best.table,
        missing=len(best.missing),
        unexpected=len(best.unexpected),
        mismatched=len(best.mismatched),
        convertible=best.coverage.parameter_fraction,
        reason=NAMES,
    )


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


def _with_prefix(row: ScanRow, table: FileDict, network: NetworkSpec) -> ScanRow:
    """The row, with the prefix that keeps most names from fitting where there is one."""
    expected, found = network.shapes, table.shapes
    cut = {stripped(key): shape for key, shape in found.items()}
    renames = prefix_rules(expected, found, cut)
    if not renames or not is_convincing(renames[0], len(table.tensors), len(network.tensors)):
        return row
    strip, add = renames[0].found, renames[0].expected
    renamed = {add + k[len(strip) :]: shape for k, shape in found.items() if k.startswith(strip)}
    share = Coverage.of(network, split_keys(expected, renamed).matched).parameter_fraction
    return dataclasses.replace(row, convertible=share, reason=PREFIX, detail=strip or add)
