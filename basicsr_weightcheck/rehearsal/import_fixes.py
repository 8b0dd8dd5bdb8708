"""Make an import work that the training environment breaks; every repair is reported by name.

Source: torchvision 0.17 release notes (functional_tensor removed); basicsr 1.4.2
data/degradations.py line 8; torchvision/_meta_registrations.py (needs the compiled operators).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import types
from typing import Any, List

META_REGISTRATIONS = 'torchvision-operators'
FUNCTIONAL_TENSOR = 'functional-tensor'
FUNCTIONAL_TENSOR_MODULE = 'torchvision.transforms.functional_tensor'
NAMESPACE = 'namespace-package'
VERSION_FILE = 'version-file'


def repair_torchvision(repairs: List[str]) -> None:
    """Import torchvision, without its compiled operators if they do not fit this torch."""
    if importlib.util.find_spec('torchvision') is None:
        return
    try:
        importlib.import_module('torchvision')
    except RuntimeError:
        for name in [name for name in sys.modules if name.split('.')[0] == 'torchvision']:
            del sys.modules[name]
        _empty_module('torchvision._meta_registrations')
        importlib.import_module('torchvision')
        repairs.append(META_REGISTRATIONS)


def repair_functional_tensor(repairs: List[str]) -> None:
    """Give `torchvision.transforms.functional_tensor` back where torchvision dropped it."""
    if 'torchvision' in sys.modules and not _has_functional_tensor():
        functional = importlib.import_module('torchvision.transforms.functional')
        sys.modules[FUNCTIONAL_TENSOR_MODULE] = functional
        repairs.append(FUNCTIONAL_TENSOR)


def lend_functional_tensor(repairs: List[str]) -> None:
    """The same; the repair is named in `repairs` once something takes a function from there."""
    if 'torchvision' in sys.modules and not _has_functional_tensor():
        sys.modules[FUNCTIONAL_TENSOR_MODULE] = _FunctionalTensor(repairs)


def _has_functional_tensor() -> bool:
    try:
        importlib.import_module(FUNCTIONAL_TENSOR_MODULE)
    except ImportError:
        return False
    return True


class _FunctionalTensor(types.ModuleType):
    """Stands in for the module: what it had lies in `torchvision.transforms.functional`."""

    def __init__(self, repairs: List[str]) -> None:
        super().__init__(FUNCTIONAL_TENSOR_MODULE)
        self._repairs = repairs

    def __getattr__(self, name: str) -> Any:
        value = getattr(importlib.import_module('torchvision.transforms.functional'), name)
        # Python itself asks every module for such names.
        if not name.startswith('__') and FUNCTIONAL_TENSOR not in self._repairs:
            self._repairs.append(FUNCTIONAL_TENSOR)
        return value


def seed_namespace(package: str, origin: str, repairs: List[str]) -> None:
    """Make a vendored package without __init__.py win against an installed one of its name."""
    module = types.ModuleType(package)
    module.__path__ = [origin]
    sys.modules[package] = module
    repairs.append(NAMESPACE)


def seed_version(package: str, origin: str, repairs: List[str]) -> None:
    """Stand in for the version.py that a checkout gets from its setup.py only."""
    if os.path.isfile(os.path.join(origin, '__init__.py')) and not os.path.isfile(
        os.path.join(origin, 'version.py')
    ):
        module = _empty_module(f'{package}.version')
        vars(module).update(__version__='', __gitsha__='unknown', version_info=())
        repairs.append(VERSION_FILE)


def _empty_module(name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module
