"""What differs: names, shapes, outcomes. Pure Python on records."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """`basicsr_weightcheck.compare` is a function of the package, and this room."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Named by text: the API lies above all rooms.
        return import_module('basicsr_weightcheck.api').compare(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
