"""Find the tables (state dicts) in what a file holds."""

from __future__ import annotations

from typing import Dict, Iterator, Sequence, Tuple

from basicsr_weightcheck.checkpoint.limits import DEFAULT_LIMITS, Limits
from basicsr_weightcheck.checkpoint.problems import exceeded
from basicsr_weightcheck.checkpoint.tree import Names, Part
from basicsr_weightcheck.records.tensors import Mapping, TensorSpec, Value


def find_tables(parts: Sequence[Part], limits: Limits = DEFAULT_LIMITS) -> Dict[str, Mapping]:
    """Every mapping with at least one direct tensor, by dotted name, in file order ('' = root).

    Raises:
        NotUnderstoodError: the names of nested mappings add up without end.
    """
    tables: Dict[str, Mapping] = {}
    characters = 0
    for names, table in _mappings(parts):
        if _has_tensor(table):
            name = '.'.join(names)
            characters += len(name)
            if characters > limits.names_length:
                raise exceeded('names_length', limits.names_length, characters)
            tables.setdefault(name, table)  # a name with a dot can read like two names
    return tables


def _mappings(parts: Sequence[Part]) -> Iterator[Tuple[Names, Mapping]]:
    for part in parts:
        if part.names is not None:
            yield from _walk(part.value, part.names)


def _walk(value: Value, names: Names) -> Iterator[Tuple[Names, Mapping]]:
    if not isinstance(value, Mapping):
        return
    yield names, value
    for key, item in value.entries:
        if isinstance(item, Mapping):
            yield from _walk(item, (*names, key))


def _has_tensor(table: Mapping) -> bool:
    return any(isinstance(value, TensorSpec) for _, value in table.entries)
