"""One table of a file against one network, by name and shape."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Tuple

from basicsr_weightcheck.compare.key_groups import group_keys
from basicsr_weightcheck.compare.key_renames import prefix_rules
from basicsr_weightcheck.records.names import EACH, Shapes, cutter, in_order, split_keys
from basicsr_weightcheck.records.outcomes import Coverage, Difference, KeyGroup, Mismatch
from basicsr_weightcheck.records.tensors import Mapping, NetworkSpec, TensorSpec


def compare_table(
    table: Mapping, table_name: str, network: NetworkSpec, cuts_module: str = EACH
) -> Difference:
    """Return what a load by name and shape takes, leaves random and drops.

    Args:
        table: the mapping that load_network reads.
        table_name: '' for the file's root.
        network: what is expected.
        cuts_module: as `Framework.cuts_module`.
    """
    cut = cutter(cuts_module, table.shapes)
    theirs = {cut(spec.key): spec for spec in table.tensors}
    expected, found = network.shapes, {key: spec.shape for key, spec in theirs.items()}
    split = split_keys(expected, found)
    missing, unexpected, mismatched = (folded(keys, expected, found) for keys in split[1:])
    return Difference(
        table=table_name,
        matched=split.matched,
        missing=missing[0],
        unexpected=unexpected[0],
        mismatched=mismatches(mismatched[0], expected, found),
        missing_groups=missing[1],
        unexpected_groups=unexpected[1],
        mismatched_groups=mismatched[1],
        coverage=Coverage.of(network, split.matched),
        renames=prefix_rules(expected, table.shapes, found) if missing[0] or unexpected[0] else (),
        dtypes=_dtypes(network, theirs, split.matched),
    )


def _dtypes(
    network: NetworkSpec, found: Dict[str, TensorSpec], matched: Tuple[str, ...]
) -> Tuple[Tuple[str, str, int], ...]:
    expected = {spec.key: spec.dtype for spec in network.tensors}
    pairs = Counter((expected[key], found[key].dtype) for key in matched)
    return tuple((one, other, n) for (one, other), n in sorted(pairs.items()) if one != other)


def folded(
    keys: Tuple[str, ...], expected: Shapes, found: Shapes
) -> Tuple[Tuple[str, ...], Tuple[KeyGroup, ...]]:
    """(keys in natural order, the same folded for people)."""
    ordered = in_order(keys)
    return ordered, group_keys(ordered, expected, found)


def mismatches(keys: Tuple[str, ...], expected: Shapes, found: Shapes) -> Tuple[Mismatch, ...]:
    """The shapes of keys that both tables have."""
    return tuple(Mismatch(key, expected[key], found[key]) for key in keys)
