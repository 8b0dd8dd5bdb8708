"""Networks that BasicSR's registry lacks. Imports torch only when a registry is filled.

Nothing registers them by itself: a training imports `basicsr_weightcheck.archs.register` (or is
started with scripts/train.py, which does), and its check is told so with --import.
"""

from __future__ import annotations

from typing import Any, Tuple

OWN = ('Restormer',)
REGISTER = 'basicsr_weightcheck.archs.register'


def register_missing(registry: Any) -> Tuple[str, ...]:
    """Register this project's archs under names that are still free; returns those names.

    Args:
        registry: BasicSR's ARCH_REGISTRY.
    """
    if 'Restormer' in registry:
        return ()
    from basicsr_weightcheck.archs.restormer_arch import Restormer

    registry.register(Restormer)
    return ('Restormer',)
