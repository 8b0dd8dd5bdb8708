"""One table of a file against one network, by name and shape."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Tuple

from basicsr_weightcheck.compare.cut_names import EACH, cutter
from basicsr_weightcheck.compare.key_groups import group_keys
from basicsr_weightcheck.compare.key_renames import find_renames
from basicsr_weightcheck.compare.natural_order import in_order
from basicsr_weightcheck.records.outcomes import Coverage, Difference, Mismatch
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
    expected = {spec.key: spec for spec in network.tensors}
    cut = cutter(cuts_module, [spec.key for spec in table.tensors])
    found = {cut(spec.key): spec for spec in table.tensors}
    matched = tuple(
        key for key, spec in expected.items() if key in found and fits(spec, found[key])
    )
    missing = in_order(key for key in expected if key not in found)
    unexpected = in_order(key for key in found if key not in expected)
    resized = in_order(
        key for key, spec in expected.items() if key in found and not fits(spec, found[key])
    )
    expected_shapes = {key: spec.shape for key, spec in expected.items()}
    found_shapes = {key: spec.shape for key, spec in found.items()}
    return Difference(
        table=table_name,
        matched=matched,
        missing=missing,
        unexpected=unexpected,
        mismatched=tuple(Mismatch(key, expected_shapes[key], found_shapes[key]) for key in resized),
        missing_groups=group_keys(missing, expected_shapes, {}),
        unexpected_groups=group_keys(unexpected, {}, found_shapes),
        mismatched_groups=group_keys(resized, expected_shapes, found_shapes),
        coverage=Coverage.of(network, matched),
        renames=find_renames(network, table, cuts_module) if missing or unexpected else (),
        dtypes=_dtypes(expected, found, matched),
    )


def fits(expected: TensorSpec, found: TensorSpec) -> bool:
    """Equal shapes: what load_network takes whether strict is on or off."""
    return expected.shape == found.shape


def _dtypes(
    expected: Dict[str, TensorSpec], found: Dict[str, TensorSpec], matched: Tuple[str, ...]
) -> Tuple[Tuple[str, str, int], ...]:
    pairs = Counter(
        (expected[key].dtype, found[key].dtype)
        for key in matched
        if expected[key].dtype != found[key].dtype
    )
    return tuple((one, other, count) for (one, other), count in sorted(pairs.items()))
