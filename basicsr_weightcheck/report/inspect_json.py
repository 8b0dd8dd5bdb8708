"""An inspection as JSON, format basicsr-weightcheck.inspect/1 (schema in docs/schemas)."""

from __future__ import annotations

from typing import Any, Dict, Optional

from basicsr_weightcheck.records.identities import Identity
from basicsr_weightcheck.records.inspections import Health, Inspection
from basicsr_weightcheck.report.compare_json import side_document
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.version import __version__

Json = Dict[str, Any]


def render_inspection(inspection: Inspection) -> str:
    """One file."""
    return dumped(inspection_document(inspection))


def inspection_document(inspection: Inspection) -> Json:
    """The same as plain data."""
    name_hash = inspection.name_hash
    return {
        'format': 'basicsr-weightcheck.inspect/1',
        'tool_version': __version__,
        'file': side_document(inspection.file),
        'sound': inspection.sound,
        'parameters': inspection.parameters,
        'buffers': inspection.buffers,
        'dtypes': [
            {'dtype': dtype, 'tensors': tensors, 'elements': elements}
            for dtype, tensors, elements in inspection.dtypes
        ],
        'modules': [row._asdict() for row in inspection.modules],
        'tied': [list(group) for group in inspection.tied],
        'others': dict(inspection.others),
        'left_out': [{'key': key, 'form': form} for key, form in inspection.left_out],
        'network': _network(inspection.identity, _block(inspection)),
        'spandrel': inspection.second_opinion or None,
        'health': _health(inspection.health),
        'cut': inspection.cut or None,
        'conversion': inspection.conversion or None,
        'troubles': list(inspection.troubles),
        'name_hash': None if name_hash is None else name_hash._asdict(),
    }


def _block(inspection: Inspection) -> str:
    """The lines for the YAML; '' where nothing may speak for the file."""
    return '' if inspection.file.troubles.unfit else inspection.block


def _network(identity: Optional[Identity], block: str) -> Optional[Json]:
    if identity is None:
        return None
    return {
        'type': identity.network_type,
        'options': {name: value for name, value in identity.options},
        'traceless': list(identity.traceless),
        'exact': identity.exact,
        'prefix': identity.prefix,
        'keys': identity.key_count,
        'lacks': list(identity.lacks),
        'extra': list(identity.extra),
        'resized': list(identity.resized),
        'yaml': block,
    }


def _health(health: Optional[Health]) -> Optional[Json]:
    if health is None:
        return None
    return {
        'measured': health.measured,
        'not_finite': [
            {'key': one.key, 'elements': one.count, 'nan': one.nan, 'inf': one.inf}
            for one in health.tensors
            if one.nan or one.inf
        ],
        'zero': [one.key for one in health.tensors if one.zero],
        'unread': list(health.unread),
        'checksums': health.checksums,
        'rotten': list(health.rotten),
    }
