"""Find the model class that `model_type:` names, as the framework itself does."""

from __future__ import annotations

import sys
from typing import Any, List

from basicsr_weightcheck.dialects.dialect import Parts, module_name, part_of

FALLBACKS = ('SRModel', 'ImageCleanModel', 'ImageRestorationModel', 'BaseModel')


def find_model_class(parts: Parts, model_type: str) -> Any:
    """The class, or the framework's plainest model where the name is unknown (test YAMLs)."""
    for name in (model_type, *FALLBACKS):
        found = _registered(parts, name) if parts.networks is not None else None
        found = found or _in_modules(parts, name)
        if found is not None:
            return found
    raise LookupError('the framework has no model class')


def _registered(parts: Parts, name: str) -> Any:
    registry = part_of(parts.framework, 'utils.registry').MODEL_REGISTRY
    return registry.get(name) if name in registry else None


def _in_modules(parts: Parts, name: str) -> Any:
    """Legacy layout: the first scanned `*_model.py` that has an attribute of that name wins."""
    package = module_name(parts.framework, 'models')
    scanned: List[Any] = list(getattr(sys.modules[package], '_model_modules', []))
    scanned += [m for key, m in sorted(sys.modules.items()) if key.startswith(f'{package}.')]
    for module in scanned:
        found = getattr(module, name, None)
        if isinstance(found, type):
            return found
    return None
