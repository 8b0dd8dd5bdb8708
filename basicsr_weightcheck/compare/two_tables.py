"""Two tables of tensors, by name and shape."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from basicsr_weightcheck.compare.key_groups import group_keys
from basicsr_weightcheck.compare.key_renames import is_convincing, prefix_rules
from basicsr_weightcheck.compare.natural_order import in_order
from basicsr_weightcheck.records.comparisons import Comparison, Side
from basicsr_weightcheck.records.outcomes import Mismatch, Rename
from basicsr_weightcheck.records.tensors import CheckpointHeader, TensorSpec

Specs = Dict[str, TensorSpec]
Pairs = Tuple[Tuple[TensorSpec, TensorSpec], ...]


def describe(header: CheckpointHeader, table: str, name: str) -> Side:
    """One file as a side of a comparison."""
    tensors = header.tables[table].tensors
    return Side(
        name=name,
        path=header.path,
        container=header.container,
        file_bytes=header.file_bytes,
        table=table,
        tables={key: len(value.tensors) for key, value in header.tables.items()},
        tensors=len(tensors),
        elements=sum([spec.count for spec in tensors]),
        strays=tuple(
            key for key, value in header.tables[table].entries if not isinstance(value, TensorSpec)
        ),
    )


def compare_structure(
    one: CheckpointHeader,
    other: CheckpointHeader,
    tables: Tuple[str, str],
    names: Tuple[str, str],
) -> Tuple[Comparison, Pairs]:
    """Return the comparison without values, and the pairs whose values can be compared.

    The pairs are in the order of the first file, which is that of its network.

    A prefix that only one side has is taken off before names are compared; the comparison names it.
    """
    first: Specs = {spec.key: spec for spec in one.tables[tables[0]].tensors}
    second: Specs = {spec.key: spec for spec in other.tables[tables[1]].tensors}
    rename = _rename(first, second)
    if rename is not None:
        first, second = _renamed(first, rename.found), _renamed(second, rename.expected)
    common = in_order(key for key in first if key in second)
    matched = tuple(key for key in common if first[key].shape == second[key].shape)
    resized = tuple(key for key in common if first[key].shape != second[key].shape)
    only_one = in_order(key for key in first if key not in second)
    only_other = in_order(key for key in second if key not in first)
    shapes = {key: spec.shape for key, spec in first.items()}
    other_shapes = {key: spec.shape for key, spec in second.items()}
    differs = bool(only_one or only_other or resized)
    comparison = Comparison(
        one=describe(one, tables[0], names[0]),
        other=describe(other, tables[1], names[1]),
        rename=rename,
        matched=matched,
        only_one=only_one,
        only_other=only_other,
        mismatched=tuple(Mismatch(key, shapes[key], other_shapes[key]) for key in resized),
        dtypes=tuple(
            (key, first[key].dtype, second[key].dtype)
            for key in matched
            if first[key].dtype != second[key].dtype
        ),
        matched_groups=group_keys(matched, shapes, other_shapes) if differs else (),
        only_one_groups=group_keys(only_one, shapes, {}),
        only_other_groups=group_keys(only_other, {}, other_shapes),
        mismatched_groups=group_keys(resized, shapes, other_shapes),
        matched_elements=sum(first[key].count for key in matched),
        shapes=tuple(shapes.items()),
    )
    alike = set(matched)
    return comparison, tuple((first[key], second[key]) for key in first if key in alike)


def _rename(first: Specs, second: Specs) -> Optional[Rename]:
    """The prefix by which the names differ: `found` of the first file, `expected` of the second."""
    if first.keys() == second.keys():
        return None
    rules = prefix_rules(
        {key: spec.shape for key, spec in second.items()},
        {key: spec.shape for key, spec in first.items()},
    )
    convincing = rules and is_convincing(rules[0], len(first), len(second))
    return rules[0] if convincing else None


def _renamed(specs: Specs, prefix: str) -> Specs:
    """Names without the prefix; one that would collide keeps its own."""
    renamed: Specs = {}
    for key, spec in specs.items():
        short = key[len(prefix) :] if prefix and key.startswith(prefix) else key
        name = key if short in specs else short
        renamed[name] = spec._replace(key=name)
    return renamed
