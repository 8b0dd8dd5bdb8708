"""Restormer (dialect B) and NAFNet (C): copies of a BasicSR from before it had registries.

Source: Restormer basicsr/models/archs/__init__.py, basicsr/models/__init__.py; NAFNet the same.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List

from basicsr_weightcheck.dialects.basicsr import BasicSR
from basicsr_weightcheck.dialects.dialect import Dialect, Parts, module_name, part_of
from basicsr_weightcheck.dialects.family.source_tree import is_package, sources_of
from basicsr_weightcheck.records.plans import Framework


class Restormer(BasicSR):
    """Networks in models/archs, found by name; an absent table is 'params'."""

    name = 'restormer'
    turn = 3
    has_fallback = True

    def recognises(self, origin: str) -> bool:
        if not is_package(origin):
            return False
        sources = sources_of(origin)
        return sources.is_legacy and sources.has_fallback is self.has_fallback

    def import_parts(self, framework: Framework) -> Parts:
        archs = part_of(framework, 'models.archs')
        part_of(framework, 'models')
        return Parts(framework, (archs.define_network,))

    def known_networks(self, parts: Parts) -> List[str]:
        import torch

        return sorted(
            {
                name
                for module in _arch_modules(parts)
                for name, value in vars(module).items()
                if isinstance(value, type) and issubclass(value, torch.nn.Module)
            }
        )

    def network_class(self, parts: Parts, network_type: str) -> Any:
        found = (getattr(module, network_type, None) for module in _arch_modules(parts))
        return next((one for one in found if one is not None), None)

    def namesake(self, parts: Parts, network: Any, network_type: str) -> str:
        return Dialect.namesake(self, parts, network, network_type)

    def searched(self, framework: Framework) -> str:
        return module_name(framework, 'models.archs')

    def after_build(self, section: Dict[str, Any]) -> None:
        section.pop('type', None)  # define_network pops it from what it is given


class NAFNet(Restormer):
    """The same; an absent table is an error."""

    name = 'nafnet'
    has_fallback = False


def _arch_modules(parts: Parts) -> List[Any]:
    start = module_name(parts.framework, 'models.archs.')
    # By what was imported: the packages list their modules with a scan of the folder.
    return [module for name, module in sorted(sys.modules.items()) if name.startswith(start)]
