"""basicsr-weightcheck: tells, before a BasicSR training starts, which weights it will start on.

import basicsr_weightcheck as wc
wc.check('train.yml')             # also compare, inspect, scan, convert, will_load
wc.install()                      # at the top of a training script: every load is checked
"""

# Every start of a Python in which the hook is enabled comes through here: nothing is imported,
# typing least of all, which takes milliseconds where no byte code can be kept.
TYPE_CHECKING = False
if TYPE_CHECKING:
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
    from basicsr_weightcheck.version import __version__

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


def __getattr__(name: str) -> 'Any':
    """Import a public name on use; importing the package alone costs nothing."""
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from importlib import import_module

    if name == '__version__':
        return import_module('basicsr_weightcheck.version').__version__
    if name == 'compare':  # a room, too, which is imported under this name: it can be called
        return import_module('basicsr_weightcheck.compare')
    return getattr(import_module('basicsr_weightcheck.api'), name)


def __dir__() -> 'Any':
    return sorted({*globals(), *__all__})
