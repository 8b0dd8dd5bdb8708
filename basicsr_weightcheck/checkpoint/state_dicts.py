"""Find the tables (state dicts) in what a file holds."""

from __future__ import annotations

from typing import Dict, Iterator, Tuple

from basicsr_weightcheck.checkpoint.limits import DEFAULT_LIMITS, Limits
from basicsr_weightcheck.checkpoint.problems import exceeded
from basicsr_weightcheck.records.tensors import Mapping, TensorSpec, Value

ROOT = ''


def find_tables(root: Value, limits: Limits = DEFAULT_LIMITS) -> Dict[str, Mapping]:
    """Every mapping with at least one direct tensor, by dotted name, in file order ('' = root).

    Raises:
        LimitExceededError: the names of nested mappings add up without end.
    """
    tables: Dict[str, Mapping] = {}
    characters = 0
    for name, table in _walk(root, ROOT):
        characters += len(name)
        if characters > limits.names_length:
            raise exceeded('names_length', limits.names_length, characters)
        if _has_tensor(table):
            tables[name] = table
    return tables


def _walk(value: Value, name: str) -> Iterator[Tuple[str, Mapping]]:
    if not isinstance(value, Mapping):
        return
    yield name, value
    for key, item in value.entries:
        yield from _walk(item, f'{name}.{key}' if name else key)


def _has_tensor(table: Mapping) -> bool:
    return any(isinstance(value, TensorSpec) for _, value in table.entries)
