"""Import the right framework and name the parts of it that a rehearsal needs."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass, field
from typing import Any, Callable, List, Optional, Sequence, Tuple

from basicsr_weightcheck.records.plans import Framework
from basicsr_weightcheck.rehearsal import import_fixes

MESSAGE_CHARACTERS = 300


@dataclass
class Imported:
    """The framework's own functions, or why there are none.

    Attributes:
        builder: `build_network` or `define_network`; None after a failure.
        registry: ARCH_REGISTRY, None in the legacy layout.
        failure: exception of the import, None when it worked.
        repairs: names of the repairs that were used.
        broken_plugins: (package, exception) of plug-ins whose own __init__ fails.
    """

    framework: Framework
    builder: Optional[Callable[..., Any]] = None
    registry: Any = None
    failure: Optional[BaseException] = None
    repairs: List[str] = field(default_factory=list)
    broken_plugins: List[Tuple[str, str]] = field(default_factory=list)
    version: str = ''
    origin: str = ''


def import_framework(
    framework: Framework, imports: Sequence[str], repair: bool = False
) -> Imported:
    """Import basicsr, plug-ins and the user's modules; never raises for a failing import.

    Args:
        framework: which one, and where.
        imports: modules of the user.
        repair: make the repairs of `import_fixes`, which a training has only where it is started
            with them.
    """
    result = Imported(framework)
    try:
        _prepare_path(framework, result.repairs)
        if repair:
            _repair(framework, result.repairs)
        _import_basicsr(framework, result)
        if imports and os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())  # last: what is asked for by name may stand there
        for module in _plugin_modules(framework.plugins, result) + list(imports):
            importlib.import_module(module)
        _import_for_the_log(framework)
    except (Exception, SystemExit) as error:  # whatever user code does while it is imported
        result.failure = error
    return result


def _prepare_path(framework: Framework, repairs: List[str]) -> None:
    for _, folder in reversed(framework.plugins):
        _put_first(folder)
    if not framework.vendored:
        return
    _put_first(framework.root)
    if framework.is_namespace and framework.shadowed_origin:
        import_fixes.seed_namespace(framework.name, framework.origin, repairs)


def _repair(framework: Framework, repairs: List[str]) -> None:
    if framework.vendored:
        import_fixes.lend_version(framework.name, framework.origin, repairs)
    import_fixes.repair_torchvision(repairs)
    import_fixes.lend_functional_tensor(repairs)


def _import_for_the_log(framework: Framework) -> None:
    """Import what the first lines of every training's log need: torchvision, the version.

    Source: basicsr 1.4.2 train.py `init_loggers`, utils/logger.py `get_env_info`; Restormer and
    NAFNet have the same, and often import torchvision nowhere else.
    """
    name = f'{framework.name}.utils'
    if importlib.util.find_spec(name) is None:
        return
    tell = getattr(importlib.import_module(name), 'get_env_info', None)
    if tell is None:
        return
    try:
        tell()
    except ImportError:
        raise
    except Exception:  # may ask for a GPU, which a check has not; what it imports has to work
        if importlib.util.find_spec('torchvision') is not None:
            importlib.import_module('torchvision')


def _put_first(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _import_basicsr(framework: Framework, result: Imported) -> None:
    package = importlib.import_module(framework.name)
    result.version = str(getattr(package, '__version__', '') or framework.version)
    places = list(getattr(package, '__path__', []))
    result.origin = os.path.abspath(places[0]) if places else ''
    if framework.layout == 'legacy':
        archs = importlib.import_module(f'{framework.name}.models.archs')
        result.builder = archs.define_network
    else:
        archs = importlib.import_module(f'{framework.name}.archs')
        result.builder = archs.build_network
        result.registry = importlib.import_module(f'{framework.name}.utils.registry').ARCH_REGISTRY
    importlib.import_module(f'{framework.name}.models')


def _plugin_modules(plugins: Tuple[Tuple[str, str], ...], result: Imported) -> List[str]:
    names = []
    for name, folder in plugins:
        for part in ('archs', 'models'):
            if os.path.isfile(os.path.join(folder, name, part, '__init__.py')):
                _bypass_broken_init(name, os.path.join(folder, name), result)
                names.append(f'{name}.{part}')
    return names


def _bypass_broken_init(package: str, origin: str, result: Imported) -> None:
    """A plug-in's own __init__ often imports its data sets too; archs and models need none."""
    if package in sys.modules:
        return
    try:
        importlib.import_module(package)
    except Exception as error:  # user code; the archs below it decide whether more is lost
        reason = f'{type(error).__name__}: {str(error)[:MESSAGE_CHARACTERS]}'
        result.broken_plugins.append((package, reason))
        import_fixes.seed_namespace(package, origin, [])
