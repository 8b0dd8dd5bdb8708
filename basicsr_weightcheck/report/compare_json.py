"""Comparisons as JSON, format basicsr-weightcheck.compare/1 (schema in docs/schemas)."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Tuple

from basicsr_weightcheck.records.comparisons import (
    STATES,
    Comparison,
    Side,
    ValueDifference,
)
from basicsr_weightcheck.records.outcomes import Rename
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.version import __version__

Json = Dict[str, Any]


def render_comparison(comparison: Comparison) -> str:
    """One comparison."""
    return dumped(_head(_comparison(comparison)))


def render_comparisons(comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]]) -> str:
    """One base against many: `comparisons` and the files that could not be read."""
    return dumped(
        _head(
            {
                'comparisons': [_comparison(one) for one in comparisons],
                'failed': [{'path': path, 'error': error} for path, error in failed],
            }
        )
    )


def _head(rest: Json) -> Json:
    return {'format': 'basicsr-weightcheck.compare/1', 'tool_version': __version__, **rest}


def _comparison(comparison: Comparison) -> Json:
    one, other = comparison.one, comparison.other
    return {
        'one': side_document(one),
        'other': side_document(other),
        'rename': _rename(comparison.rename),
        'same_structure': comparison.same_structure,
        'same_values': comparison.same_values,
        'strict_load': {
            'one_into_other': _strict(comparison, one, other),
            'other_into_one': _strict(comparison, other, one),
        },
        'keys': {
            'matched': list(comparison.matched),
            'only_one': list(comparison.only_one),
            'only_other': list(comparison.only_other),
            'mismatched': [
                {'key': m.key, 'one': list(m.expected), 'other': list(m.found)}
                for m in comparison.mismatched
            ],
            'dtypes': [{'key': k, 'one': a, 'other': b} for k, a, b in comparison.dtypes],
        },
        'tolerance': comparison.tolerance,
        'exact': comparison.exact,
        'rotten': {'one': list(comparison.rotten[0]), 'other': list(comparison.rotten[1])},
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
    share = comparison.matched_elements / target.elements if target.elements else None
    strict = comparison.strict_from(source)
    loads = strict is not None
    return {
        'strict': strict,
        'tensors_loaded': len(comparison.matched) if loads else 0,
        'element_fraction': share if loads else 0.0,
    }


def side_document(side: Side) -> Json:
    """One file of a comparison."""
    return {
        'name': side.name,
        'path': side.path,
        'container': side.container,
        'bytes': side.file_bytes,
        'table': side.table,
        'tables': side.tables,
        'tensors': side.tensors,
        'elements': side.elements,
        'strays': list(side.strays),
        'troubles': list(side.troubles.sentences),
        'unfit': side.troubles.unfit,
    }


def _rename(rename: Optional[Rename]) -> Optional[Json]:
    if rename is None:
        return None
    return {'one': rename.found, 'other': rename.expected, 'matched': rename.matched}


def _value(value: ValueDifference) -> Json:
    return {
        'key': value.key,
        'elements': value.count,
        'state': value.state,
        'proof': value.proof,
        'max_abs': value.max_abs,
        'mean_abs': value.mean_abs,
        'relative': value.relative,
        'relative_l2': value.relative_l2,
        'cosine': value.cosine,
        'not_finite': list(value.not_finite),
    }
