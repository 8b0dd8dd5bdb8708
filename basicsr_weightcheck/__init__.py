"""basicsr-weightcheck: tells, before a BasicSR training starts, which weights it will start on.

import basicsr_weightcheck as wc
wc.check('train.yml')             # also compare, inspect, scan, convert, will_load
wc.install()                      # at the top of a training script: every load is checked
"""

import sys

from basicsr_weightcheck.version import __version__

# Every start of a Python in which the hook is enabled comes through here: typing and types are
# not imported, which a Python without byte code pays with milliseconds.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from basicsr_weightcheck.api import (
        CheckResult,
        CompareResult,
        ConvertResult,
        InspectResult,
        LoadResult,
        Results,
        ScanResult,
        check,
        compare,
        convert,
        inspect,
        scan,
        will_load,
    )
    from basicsr_weightcheck.errors import WeightCheckError
    from basicsr_weightcheck.records.reports import Verdict
else:
    ModuleType = type(sys)

__all__ = [
    'CheckResult',
    'CompareResult',
    'ConvertResult',
    'InspectResult',
    'LoadResult',
    'Results',
    'ScanResult',
    'Verdict',
    'WeightCheckError',
    '__version__',
    'check',
    'compare',
    'convert',
    'inspect',
    'install',
    'scan',
    'uninstall',
    'will_load',
]


def install() -> None:
    """Check every load_network of this process before it is made, and verify it afterwards.

    Before or after basicsr is imported; calling it again changes nothing.

    Raises:
        ImportError: wrapt is missing.
    """
    from basicsr_weightcheck.hook.install import install as hook_install

    hook_install()


def uninstall() -> None:
    """Undo `install`."""
    from basicsr_weightcheck.hook.install import uninstall as hook_uninstall

    hook_uninstall()


class _Compare(ModuleType):
    """`compare` is a function and a room of the package: the module of the room can be called."""

    def __call__(self, *args: 'Any', **kwargs: 'Any') -> 'Any':
        from basicsr_weightcheck.api import compare as called

        return called(*args, **kwargs)


class _Package(ModuleType):
    """Imports the public names on use; importing the package alone costs nothing."""

    def __getattr__(self, name: str) -> 'Any':
        if name not in __all__:
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')
        from importlib import import_module

        if name == 'compare':
            return import_module('basicsr_weightcheck.compare')
        return getattr(import_module('basicsr_weightcheck.api'), name)

    def __setattr__(self, name: str, value: 'Any') -> None:
        if name == 'compare' and isinstance(value, ModuleType):
            value.__class__ = _Compare
        super().__setattr__(name, value)

    def __dir__(self) -> 'Any':
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
