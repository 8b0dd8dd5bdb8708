"""The installed basicsr, imported in the test process as the check's child imports it."""

from __future__ import annotations

import copy
import sys
import types
from typing import Any, Dict

import pytest


class RepairedBasicsr:
    """basicsr 1.4.2 with the two imports repaired that fail on current torchvision."""

    def __init__(self) -> None:
        _repair_imports()
        from basicsr.archs import build_network
        from basicsr.models.sr_model import SRModel

        self.build_network = build_network
        self.sr_model = SRModel

    def build(self, network: str) -> Any:
        """Return a small network of the grid with the framework's own initialisation."""
        from tests.agreement.networks import NETWORKS

        return self.build_network(dict(NETWORKS[network], type=network))

    def training_options(self, options: Dict[str, Any]) -> Dict[str, Any]:
        """Add what basicsr's own option parser adds before the model is built."""
        parsed = copy.deepcopy(options)
        parsed.update(is_train=True, dist=False, rank=0, world_size=1, auto_resume=False)
        return parsed


def _repair_imports() -> None:
    name = 'torchvision._meta_registrations'
    sys.modules.setdefault(name, types.ModuleType(name))
    import torchvision.transforms.functional as functional

    sys.modules.setdefault('torchvision.transforms.functional_tensor', functional)


@pytest.fixture(scope='session')
def repaired_basicsr() -> RepairedBasicsr:
    return RepairedBasicsr()
