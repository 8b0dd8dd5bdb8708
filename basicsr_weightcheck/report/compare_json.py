"""Comparisons and lists of tensors as JSON (compare-1 and list-1 in docs/schemas)."""

from __future__ import annotations

import math
from typing import Sequence, Tuple

from basicsr_weightcheck.records.comparisons import STATES, Comparison, Side, ValueDifference
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.json_text import Json, headed, named, picked


def comparison_document(comparison: Comparison) -> Json:
    return headed('compare/1', **_comparison(comparison))


def comparisons_document(
    comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]]
) -> Json:
    """One base against many: `comparisons` and the files that could not be read."""
    documents = [_comparison(one) for one in comparisons]
    return headed('compare/1', comparisons=documents, failed=named(failed, 'path', 'error'))


def listing_document(side: Side, tensors: Sequence[TensorSpec]) -> Json:
    """One file: its table and every tensor of it, in file order."""
    rows = [picked(spec, 'key', 'shape', 'dtype', 'elements=count') for spec in tensors]
    return headed('list/1', file=side_document(side), tensors=rows)


def _comparison(comparison: Comparison) -> Json:
    one, other, rename = comparison.one, comparison.other, comparison.rename
    return {
        'one': side_document(one),
        'other': side_document(other),
        'rename': rename and picked(rename, 'one=found', 'other=expected', 'matched'),
        **picked(comparison, 'same_structure', 'same_values'),
        'strict_load': {
            'one_into_other': _strict(comparison, one, other),
            'other_into_one': _strict(comparison, other, one),
        },
        'keys': {
            **picked(comparison, 'matched', 'only_one', 'only_other'),
            'mismatched': named(comparison.mismatched, 'key', 'one', 'other'),
            'dtypes': named(comparison.dtypes, 'key', 'one', 'other'),
        },
        **picked(comparison, 'tolerance', 'exact'),
        'rotten': {'one': comparison.rotten[0], 'other': comparison.rotten[1]},
        'values': None
        if comparison.values is None
        else {
            'by_checksum': comparison.by_checksum,
            'counts': {state: comparison.count(state) for state in STATES},
            'tensors': [_value(value) for value in comparison.values],
        },
    }


def _strict(comparison: Comparison, source: Side, target: Side) -> Json:
    """What strict_load has to be, and the share of the target's elements that load."""
    strict, tensors, elements, _ = comparison.taken(source)
    # Of a network without a single element there is no share.
    share = elements / target.elements if target.elements else None
    share = 0.0 if strict is None else share
    return {'strict': strict, 'tensors_loaded': tensors, 'element_fraction': share}


def side_document(side: Side) -> Json:
    return picked(
        side, 'name', 'path', 'container', 'bytes=file_bytes', 'table', 'tables', 'tensors',
        'elements', 'strays', 'troubles=troubles.sentences', 'unfit=troubles.unfit',
    )  # fmt: skip


def _value(value: ValueDifference) -> Json:
    numbers = ('max_abs', 'mean_abs', 'relative', 'relative_l2', 'cosine')
    # Of two finite numbers that lie so far apart that float64 cannot tell it.
    value = value._replace(max_abs=None) if value.max_abs == math.inf else value
    return picked(value, 'key', 'elements=count', 'state', 'proof', *numbers, 'not_finite')
