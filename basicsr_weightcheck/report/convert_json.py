"""A conversion as JSON, format basicsr-weightcheck.convert/1 (schema in docs/schemas)."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict

from basicsr_weightcheck.records.conversions import Changes, ConvertReport
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.version import __version__

Json = Dict[str, Any]


def render_conversion(report: ConvertReport) -> str:
    """One conversion, done or only planned."""
    return dumped(conversion_document(report))


def conversion_document(report: ConvertReport) -> Json:
    """The same as plain data."""
    written = report.written
    return {
        'format': 'basicsr-weightcheck.convert/1',
        'tool_version': __version__,
        'source': {
            'path': report.source,
            'container': report.source_container,
            'bytes': report.source_bytes,
        },
        'target': {
            'path': report.target or None,
            'container': report.recipe.container,
            'bytes': None if written is None else written.file_bytes,
        },
        'written': written is not None,
        'recipe': dataclasses.asdict(report.recipe),
        'chosen': list(report.chosen),
        'tables': dict(report.tables),
        'elements': report.elements,
        'storages': None if written is None else written.storages,
        'overflowed': None if written is None else list(written.overflowed),
        'changes': _changes(report.changes),
        'left_out': [{'place': place, 'what': what} for place, what in report.left_out],
        'dangerous': list(report.dangerous),
        'troubles': list(report.troubles.sentences),
        'hints': list(report.hints),
    }


def _changes(changes: Changes) -> Json:
    return {
        'renamed': [{'found': found, 'key': key} for found, key in changes.renamed],
        'dropped': [{'found': found, 'why': why} for found, why in changes.dropped],
        'cut': [
            {'key': key, 'found': found, 'dim': dim, 'first': first, 'end': end}
            for key, found, dim, first, end in changes.cut
        ],
        'joined': [{'key': key, 'parts': parts} for key, parts in changes.joined],
        'unused_rules': [{'rules': name, 'pattern': text} for name, text in changes.unused_rules],
        'unmatched': list(changes.unmatched),
        'resized': [
            {'key': key, 'before': list(before), 'after': list(after)}
            for key, before, after in changes.resized
        ],
        'cast': [
            {'before': before, 'after': after, 'tensors': number}
            for before, after, number in changes.cast
        ],
        'uncast': [{'key': key, 'dtype': dtype} for key, dtype in changes.uncast],
    }
