"""Import the right framework and name the parts of it that a rehearsal needs."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, List, Optional, Sequence, Tuple

from basicsr_weightcheck.dialects.dialect import Dialect, Parts
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.records.plans import Framework
from basicsr_weightcheck.rehearsal import import_fixes

# Which package an import lacks, and which file asks for it.

# Where a package is not called on PyPI as it is imported.
CALLED = {
    'PIL': 'Pillow',
    'cv2': 'opencv-python',
    'skimage': 'scikit-image',
    'sklearn': 'scikit-learn',
    'yaml': 'PyYAML',
}
PASSED_OVER = ('importlib', 'torch', __name__.split('.')[0])


def missing_package(error: BaseException) -> Tuple[Tuple[str, str], ...]:
    """(package to install, 'file:line' that imports it) of a failing import; () if none lacks.

    Args:
        error: that ended an import or a constructor.
    """
    seen = error
    while not isinstance(seen, ModuleNotFoundError) and seen.__cause__ is not None:
        seen = seen.__cause__
    if not isinstance(seen, ModuleNotFoundError) or not seen.name:
        return ()
    package = seen.name.split('.')[0]
    if _is_here(package):
        return ()  # a module of a package that is here: nothing to install
    return ((CALLED.get(package, package), place_of(seen)),)


def place_of(error: BaseException) -> str:
    """'file:line' of the innermost code that is neither torch's, Python's nor this project's."""
    place = ''
    trace: Optional[TracebackType] = error.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get('__name__', ''))
        if name.split('.')[0] not in PASSED_OVER:
            place = f'{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}'
        trace = trace.tb_next
    return place


def _is_here(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return True


MESSAGE_CHARACTERS = 300
START_SCRIPT = 'train.py'


@dataclass
class Imported:
    """The framework's own functions, or why there are none.

    Attributes:
        parts: its builders and registries; none after a failure.
        failure: exception of the import, None when it worked.
        repairs: names of the repairs that were used.
        plugin_failure: exception of a plug-in's classes, where the training may do without them.
        broken_plugins: (package, exception) of plug-ins that cannot be imported as a whole.
        missing: (package to install, 'file:line' that imports it) of such plug-ins.
        asked: module of the user that was being imported when the import failed, '' otherwise.
    """

    framework: Framework
    parts: Parts
    failure: Optional[BaseException] = None
    plugin_failure: Optional[BaseException] = None
    repairs: List[str] = field(default_factory=list)
    broken_plugins: List[Tuple[str, str]] = field(default_factory=list)
    missing: List[Tuple[str, str]] = field(default_factory=list)
    asked: str = ''

    @property
    def dialect(self) -> Dialect:
        """What knows how the framework is built and loaded."""
        return dialect_of(self.framework)

    def note_broken(self, package: str, error: Exception) -> None:
        """A plug-in, or a part of it, cannot be imported."""
        reason = f'{type(error).__name__}: {str(error)[:MESSAGE_CHARACTERS]}'
        self.broken_plugins.append((package, reason))
        self.missing += missing_package(error)


def import_framework(
    framework: Framework, imports: Sequence[str], repair: bool = False, fixed: Any = None
) -> Imported:
    """Import a framework, plug-ins and the user's modules; never raises for a failing import.

    Args:
        imports: modules of the user.
        repair: make the repairs of `import_fixes`, which a training has only where it is started
            with them.
        fixed: what of the options the import reads (`Dialect.fixed_at_import`).
    """
    result = Imported(framework, Parts(framework, version=framework.version))
    dialect = result.dialect
    try:
        _prepare_path(framework, result.repairs)
        if repair:
            _repair(framework, result.repairs)
        dialect.before_import(framework, fixed)
        result.parts = _located(dialect.import_parts(framework))
        for module in _plugin_modules(dialect, framework.plugins, result):
            _import_plugin(module, result)
        _import_asked(imports, result)
        dialect.import_for_the_log(framework)
    except (Exception, SystemExit) as error:  # whatever user code does while it is imported
        result.failure = error
    return result


def _import_plugin(module: str, result: Imported) -> None:
    """Beside a repository's own start script a plug-in that fails may be of no use to it."""
    try:
        importlib.import_module(module)
    except Exception as error:  # user code
        script = os.path.join(result.framework.origin, START_SCRIPT)
        if not (result.framework.vendored and os.path.isfile(script)):
            raise
        if module.split('.')[0] not in dict(result.broken_plugins):
            result.note_broken(module, error)
        result.plugin_failure = result.plugin_failure or error


def _import_asked(imports: Sequence[str], result: Imported) -> None:
    if imports and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # last: what is asked for by name may stand there
    for result.asked in imports:
        importlib.import_module(result.asked)
    result.asked = ''


def _prepare_path(framework: Framework, repairs: List[str]) -> None:
    for name, folder in reversed(framework.plugins):
        _put_first(folder)
        _put_first_of_script(os.path.join(folder, name))
    if not framework.vendored:
        return
    _put_first(framework.root)
    _put_first_of_script(framework.origin)
    if framework.is_namespace and framework.shadowed_origin:
        import_fixes.seed_namespace(framework.name, framework.origin, repairs)


def _repair(framework: Framework, repairs: List[str]) -> None:
    if framework.vendored:
        import_fixes.lend_version(framework.name, framework.origin, repairs)
    import_fixes.repair_torchvision(repairs)
    import_fixes.lend_functional_tensor(repairs)


def _put_first_of_script(folder: str) -> None:
    """Python puts the folder of the script that is started before everything else."""
    if os.path.isfile(os.path.join(folder, START_SCRIPT)):
        _put_first(folder)


def _put_first(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _located(parts: Parts) -> Parts:
    """The parts, with the version that they say they are."""
    framework = parts.framework
    package = sys.modules.get(framework.name)
    parts.version = str(getattr(package, '__version__', '') or framework.version)
    return parts


def _plugin_modules(
    dialect: Dialect, plugins: Tuple[Tuple[str, str], ...], result: Imported
) -> List[str]:
    names = []
    for name, folder in plugins:
        for part in dialect.plugin_parts:
            if not os.path.isfile(os.path.join(folder, name, part, '__init__.py')):
                continue
            if name:
                _bypass_broken_init(name, os.path.join(folder, name), result)
            names.append(f'{name}.{part}' if name else part)
    return names


def _bypass_broken_init(package: str, origin: str, result: Imported) -> None:
    """A plug-in's own __init__ often imports its data sets too; archs and models need none."""
    if package in sys.modules:
        return
    try:
        importlib.import_module(package)
    except Exception as error:  # user code; the archs below it decide whether more is lost
        result.note_broken(package, error)
        import_fixes.seed_namespace(package, origin, [])
