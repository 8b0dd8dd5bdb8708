"""A conversion as JSON, format basicsr-weightcheck.convert/1 (schema in docs/schemas)."""

from __future__ import annotations

import dataclasses

from basicsr_weightcheck.records.conversions import Changes, ConvertReport
from basicsr_weightcheck.report.json_text import Json, dumped, headed, named


def render_conversion(report: ConvertReport) -> str:
    """One conversion, done or only planned."""
    return dumped(conversion_document(report))


def conversion_document(report: ConvertReport) -> Json:
    """The same as plain data."""
    written = report.written
    return headed(
        'convert/1',
        source={
            'path': report.source,
            'container': report.source_container,
            'bytes': report.source_bytes,
        },
        target={
            'path': report.target or None,
            'container': report.recipe.container,
            'bytes': None if written is None else written.file_bytes,
        },
        written=written is not None,
        recipe=dataclasses.asdict(report.recipe),
        chosen=report.chosen,
        tables=dict(report.tables),
        elements=report.elements,
        storages=None if written is None else written.storages,
        overflowed=None if written is None else written.overflowed,
        changes=_changes(report.changes),
        left_out=named(report.left_out, 'place', 'what'),
        dangerous=report.dangerous,
        troubles=report.troubles.sentences,
        hints=report.hints,
    )


def _changes(changes: Changes) -> Json:
    return {
        'renamed': named(changes.renamed, 'found', 'key'),
        'dropped': named(changes.dropped, 'found', 'why'),
        'cut': named(changes.cut, 'key', 'found', 'dim', 'first', 'end'),
        'joined': named(changes.joined, 'key', 'parts'),
        'unused_rules': named(changes.unused_rules, 'rules', 'pattern'),
        'unmatched': changes.unmatched,
        'resized': named(changes.resized, 'key', 'before', 'after'),
        'cast': named(changes.cast, 'before', 'after', 'tensors'),
        'uncast': named(changes.uncast, 'key', 'dtype'),
    }
