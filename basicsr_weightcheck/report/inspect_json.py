"""An inspection as JSON, format basicsr-weightcheck.inspect/1 (schema in docs/schemas)."""

from __future__ import annotations

from basicsr_weightcheck.records.identities import Identity
from basicsr_weightcheck.records.inspections import Health, Inspection
from basicsr_weightcheck.report.compare_json import side_document
from basicsr_weightcheck.report.json_text import Json, dumped, headed, named, picked


def render_inspection(inspection: Inspection) -> str:
    """One file."""
    return dumped(inspection_document(inspection))


def inspection_document(inspection: Inspection) -> Json:
    """The same as plain data."""
    identity, health, name_hash = inspection.identity, inspection.health, inspection.name_hash
    return headed(
        'inspect/1',
        file=side_document(inspection.file),
        **picked(inspection, 'sound', 'parameters', 'buffers'),
        dtypes=named(inspection.dtypes, 'dtype', 'tensors', 'elements'),
        modules=[row._asdict() for row in inspection.modules],
        tied=inspection.tied,
        others=dict(inspection.others),
        left_out=named(inspection.left_out, 'key', 'form'),
        network=identity and _network(identity, inspection),
        spandrel=inspection.second_opinion or None,
        health=health and _health(health),
        cut=inspection.cut or None,
        conversion=inspection.conversion or None,
        troubles=inspection.troubles,
        name_hash=name_hash and name_hash._asdict(),
    )


def _network(identity: Identity, inspection: Inspection) -> Json:
    return {
        'type': identity.network_type,
        'options': dict(identity.options),
        **picked(identity, 'traceless', 'exact', 'prefix'),
        'keys': identity.key_count,
        **picked(identity, 'lacks', 'extra', 'resized'),
        # Nothing may speak for a file that must not be loaded.
        'yaml': '' if inspection.file.troubles.unfit else inspection.block,
    }


def _health(health: Health) -> Json:
    return {
        'measured': health.measured,
        'not_finite': [
            {'key': one.key, 'elements': one.count, 'nan': one.nan, 'inf': one.inf}
            for one in health.tensors
            if one.nan or one.inf
        ],
        'zero': [one.key for one in health.tensors if one.zero],
        **picked(health, 'unread', 'checksums', 'rotten'),
    }
