"""The header that a converted file will have: for rehearsing it before it exists."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.records.conversions import PlannedFile, PlannedTable
from basicsr_weightcheck.records.tensors import VIRTUAL, CheckpointHeader, Mapping, TensorSpec


def future_header(planned: PlannedFile, path: str) -> CheckpointHeader:
    """The header under the new path; its tensors have no bytes."""
    # One table may stand under two names (params and params_ema); it is one mapping then as well.
    made: Dict[int, Mapping] = {id(table): _mapping(table) for _, table in planned.tables}
    tables = {name: made[id(table)] for name, table in planned.tables}
    root = tables[''] if '' in tables else Mapping(tuple(tables.items()))
    return CheckpointHeader(path, VIRTUAL, 0, root, tables=tables)


def _mapping(table: PlannedTable) -> Mapping:
    entries = tuple((one.key, TensorSpec(one.key, one.shape, one.dtype)) for one in table.tensors)
    return Mapping(entries, table.ordered, table.metadata_versions)
