"""The tensors of one table as JSON, format basicsr-weightcheck.list/1 (schema in docs/schemas)."""

from __future__ import annotations

from typing import Sequence

from basicsr_weightcheck.records.comparisons import Side
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.compare_json import side_document
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.version import __version__


def render_listing(side: Side, tensors: Sequence[TensorSpec]) -> str:
    """One file: its table and every tensor of it, in file order."""
    return dumped(
        {
            'format': 'basicsr-weightcheck.list/1',
            'tool_version': __version__,
            'file': side_document(side),
            'tensors': [
                {
                    'key': spec.key,
                    'shape': list(spec.shape),
                    'dtype': spec.dtype,
                    'elements': spec.count,
                }
                for spec in tensors
            ],
        }
    )
