"""Importing this module registers this project's networks in BasicSR's registry.

For a training script (`import basicsr_weightcheck.archs.register`) and for its check (`--import
basicsr_weightcheck.archs.register`). A name that the registry has already keeps its class.
"""

from __future__ import annotations

import importlib

from basicsr_weightcheck.archs import register_missing

register_missing(importlib.import_module('basicsr.utils.registry').ARCH_REGISTRY)
