"""The header that a file will have after a conversion: for rehearsing it before it exists."""

from __future__ import annotations

from typing import Sequence

from basicsr_weightcheck.checkpoint.state_dicts import find_tables
from basicsr_weightcheck.records.tensors import VIRTUAL, CheckpointHeader, Mapping, TensorSpec

MODULE = 'module.'


def converted_header(header: CheckpointHeader, path: str, steps: Sequence[str]) -> CheckpointHeader:
    """Return the header after the steps of a `Conversion`, under the new path."""
    table = header.tables.get('') or Mapping(())
    tables = ['params']
    for step in steps:
        kind, _, value = step.partition(':')
        if kind == 'take':
            table = header.tables[value]
        elif kind == 'prefix-strip':
            table = _strip(table, value)
        elif kind == 'prefix-add':
            table = _renamed(table, [value + key for key in table.keys])
        elif kind == 'wrap':
            tables = value.split(',')
    root = Mapping(tuple((name, table) for name in tables))
    return CheckpointHeader(path, VIRTUAL, 0, root, tables=find_tables(root))


def _strip(table: Mapping, prefix: str) -> Mapping:
    plain = [key[len(MODULE) :] if key.startswith(MODULE) else key for key in table.keys]
    kept = _renamed(table, plain)
    inside = Mapping(tuple(pair for pair in kept.entries if pair[0].startswith(prefix)))
    return _renamed(inside, [key[len(prefix) :] for key in inside.keys])


def _renamed(table: Mapping, keys: Sequence[str]) -> Mapping:
    """The same values under other names; a dict comprehension keeps no `_metadata`."""
    entries = []
    for key, (_, value) in zip(keys, table.entries):
        if isinstance(value, TensorSpec):
            value = value._replace(key=key)
        entries.append((key, value))
    return Mapping(tuple(entries))
