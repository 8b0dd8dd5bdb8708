"""Make an import work that the training environment breaks; every repair is reported by name.

A training makes none of them by itself: `basicsr-weightcheck run --repair-imports` and
scripts/train.py do, and the child of a check once the import has failed as it is.

Source: torchvision 0.17 release notes (functional_tensor removed); basicsr 1.4.2
data/degradations.py line 8; torchvision/_meta_registrations.py (needs the compiled operators).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import types
from typing import Any, Callable, Dict, List

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
        name = 'torchvision._meta_registrations'
        sys.modules[name] = types.ModuleType(name)
        importlib.import_module('torchvision')
        repairs.append(META_REGISTRATIONS)


def repair_all(repairs: List[str]) -> None:
    """What `run --repair-imports` and scripts/train.py do, for the whole process."""
    repair_torchvision(repairs)
    repair_functional_tensor(repairs)


def repair_functional_tensor(repairs: List[str]) -> None:
    """Give `torchvision.transforms.functional_tensor` back where torchvision dropped it."""
    if 'torchvision' in sys.modules and not _has_functional_tensor():
        functional = importlib.import_module('torchvision.transforms.functional')
        sys.modules[FUNCTIONAL_TENSOR_MODULE] = functional
        repairs.append(FUNCTIONAL_TENSOR)


def lend_functional_tensor(repairs: List[str]) -> None:
    """The same; the repair is named in `repairs` once something takes a function from there."""
    if 'torchvision' in sys.modules and not _has_functional_tensor():
        functional = importlib.import_module('torchvision.transforms.functional')

        def take(name: str) -> Any:
            if name == '__all__':  # of `import *`
                return [one for one in vars(functional) if not one.startswith('_')]
            if name.startswith('__'):  # Python itself asks every module for such names
                raise AttributeError(name)
            return getattr(functional, name)

        _lend(FUNCTIONAL_TENSOR_MODULE, take, FUNCTIONAL_TENSOR, repairs)


def _has_functional_tensor() -> bool:
    try:
        importlib.import_module(FUNCTIONAL_TENSOR_MODULE)
    except ImportError:
        return False
    return True


class _Lent(types.ModuleType):
    """Stands in for a module that is not there; the first name taken from it tells its use."""

    def __init__(self, name: str, take: Callable[[str], Any], use: Callable[[], None]) -> None:
        super().__init__(name)
        self._take, self._use = take, use

    def __getattr__(self, name: str) -> Any:
        value = self._take(name)
        self._use()
        return value


def _lend(name: str, take: Callable[[str], Any], repair: str, repairs: List[str]) -> None:
    def use() -> None:
        if repair not in repairs:
            repairs.append(repair)

    sys.modules[name] = _Lent(name, take, use)


def seed_namespace(package: str, origin: str, repairs: List[str]) -> None:
    """Make a vendored package without __init__.py win against an installed one of its name."""
    module = types.ModuleType(package)
    module.__path__ = [origin]
    sys.modules[package] = module
    repairs.append(NAMESPACE)


def lend_version(package: str, origin: str, repairs: List[str]) -> None:
    """Stand in for the version.py that a checkout gets from its setup.py only.

    The repair is named in `repairs` once something takes the version from there.
    """
    values: Dict[str, Any] = {'__version__': '', '__gitsha__': 'unknown', 'version_info': ()}
    values['__all__'] = ['version_info']  # what `import *` takes

    def take(name: str) -> Any:
        if name not in values:
            raise AttributeError(name)
        return values[name]

    if os.path.isfile(os.path.join(origin, '__init__.py')) and not os.path.isfile(
        os.path.join(origin, 'version.py')
    ):
        _lend(f'{package}.version', take, VERSION_FILE, repairs)
