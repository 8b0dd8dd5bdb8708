"""Tensors of one table by module."""

from __future__ import annotations

import re
from collections import Counter
from typing import Dict, List, Sequence, Tuple

from basicsr_weightcheck.records.comparisons import ModuleRow
from basicsr_weightcheck.records.tensors import TensorSpec

# What torch.nn, BasicSR's archs and the usual profilers register as buffers.
BUFFER_NAMES = re.compile(
    r'(^|\.)(running_mean|running_var|num_batches_tracked|relative_position_index|'
    r'relative_coords_table|attn_mask|total_ops|total_params|initted|kernel_size_\w*)$'
)


def is_buffer(spec: TensorSpec) -> bool:
    """A guess: the file does not tell. Parameters are floating point in every network trained."""
    floating = spec.dtype.startswith(('float', 'bfloat', 'complex'))
    return not floating or bool(BUFFER_NAMES.search(spec.key))


def module_tree(tensors: Sequence[TensorSpec], depth: int) -> Tuple[ModuleRow, ...]:
    """Rows in file order, a module before what is in it.

    Args:
        tensors: of one table.
        depth: parts of the names that are told apart, at least 1.
    """
    rows: Dict[Tuple[str, ...], List[int]] = {}
    for spec in tensors:
        parts = tuple(spec.key.split('.'))
        for level in range(1, min(depth, len(parts)) + 1):
            row = rows.setdefault(parts[:level], [0, 0, 0])
            row[0] += 1
            row[2 if is_buffer(spec) else 1] += spec.count
    first = {parts: place for place, parts in enumerate(rows)}

    def place(parts: Tuple[str, ...]) -> Tuple[int, ...]:
        """Modules where they first appear, what is in them right behind."""
        return tuple(first[parts[:level]] for level in range(1, len(parts) + 1))

    return tuple(
        ModuleRow('.'.join(parts), len(parts), *rows[parts]) for parts in sorted(rows, key=place)
    )


def count_dtypes(tensors: Sequence[TensorSpec]) -> Tuple[Tuple[str, int, int], ...]:
    """(dtype, tensors, elements), most elements first."""
    numbers: Counter[str] = Counter(spec.dtype for spec in tensors)
    elements: Counter[str] = Counter()
    for spec in tensors:
        elements[spec.dtype] += spec.count
    names = sorted(numbers, key=lambda name: (-elements[name], name))
    return tuple((name, numbers[name], elements[name]) for name in names)


def tied_keys(tensors: Sequence[TensorSpec]) -> Tuple[Tuple[str, ...], ...]:
    """Groups of keys that show the same elements of the same storage."""
    groups: Dict[Tuple[object, ...], List[str]] = {}
    for spec in tensors:
        if spec.storage is not None and spec.count:
            place = (spec.storage, spec.storage_offset, spec.shape, spec.stride)
            groups.setdefault(place, []).append(spec.key)
    return tuple(tuple(keys) for keys in groups.values() if len(keys) > 1)
