"""The tensors of one table as JSON, format basicsr-weightcheck.list/1 (schema in docs/schemas)."""

from __future__ import annotations

from typing import Sequence

from basicsr_weightcheck.records.comparisons import Side
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.compare_json import side_document
from basicsr_weightcheck.report.json_text import dumped, headed, picked


def render_listing(side: Side, tensors: Sequence[TensorSpec]) -> str:
    """One file: its table and every tensor of it, in file order."""
    rows = [{**picked(spec, 'key', 'shape', 'dtype'), 'elements': spec.count} for spec in tensors]
    return dumped(headed('list/1', file=side_document(side), tensors=rows))
