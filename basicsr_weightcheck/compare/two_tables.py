"""Two tables of tensors, by name and shape."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from basicsr_weightcheck.compare.key_groups import group_keys
from basicsr_weightcheck.compare.key_renames import is_convincing, prefix_rules
from basicsr_weightcheck.compare.structure import folded, mismatches
from basicsr_weightcheck.records.comparisons import Comparison, Side
from basicsr_weightcheck.records.names import in_order, split_keys
from basicsr_weightcheck.records.outcomes import Rename
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
    shapes, other_shapes = _shapes(first), _shapes(second)
    split = split_keys(shapes, other_shapes)
    only_one = folded(split.missing, shapes, other_shapes)
    only_other = folded(split.unexpected, shapes, other_shapes)
    resized = folded(split.resized, shapes, other_shapes)
    matched, differs = in_order(split.matched), any(split[1:])
    dtypes = ((key, first[key].dtype, second[key].dtype) for key in matched)
    comparison = Comparison(
        one=describe(one, tables[0], names[0]),
        other=describe(other, tables[1], names[1]),
        rename=rename,
        matched=matched,
        only_one=only_one[0],
        only_other=only_other[0],
        mismatched=mismatches(resized[0], shapes, other_shapes),
        dtypes=tuple(found for found in dtypes if found[1] != found[2]),
        matched_groups=group_keys(matched, shapes, other_shapes) if differs else (),
        only_one_groups=only_one[1],
        only_other_groups=only_other[1],
        mismatched_groups=resized[1],
        matched_elements=sum(first[key].count for key in split.matched),
        shapes=tuple(shapes.items()),
    )
    return comparison, tuple((first[key], second[key]) for key in split.matched)


def _shapes(specs: Specs) -> Dict[str, Tuple[int, ...]]:
    return {key: spec.shape for key, spec in specs.items()}


def _rename(first: Specs, second: Specs) -> Optional[Rename]:
    """The prefix by which the names differ: `found` of the first file, `expected` of the second."""
    if first.keys() == second.keys():
        return None
    rules = prefix_rules(_shapes(second), _shapes(first))
    convincing = rules and is_convincing(rules[0], len(first), len(second))
    return rules[0] if convincing else None


def _renamed(specs: Specs, prefix: str) -> Specs:
    """Names without the prefix; one that would collide keeps its own."""
    renamed: Specs = {}
    for key, spec in specs.items():
        short = key[len(prefix) :] if prefix and key.startswith(prefix) else key
        name = key if short in specs else short  # two tensors must not become one
        renamed[name] = spec._replace(key=name)
    return renamed
