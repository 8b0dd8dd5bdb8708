"""Which code will run the training, told from source trees; nothing is imported."""

from __future__ import annotations

import dataclasses
import glob
import os
import sys
from importlib.machinery import PathFinder
from typing import Iterator, List, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import Dialect, HookPoint
from basicsr_weightcheck.dialects.family.source_tree import brings_parts
from basicsr_weightcheck.dialects.table import DIALECTS, dialect_of
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, Framework

MARKS = ('.git', 'setup.py', 'setup.cfg', 'pyproject.toml')  # of the root of a repository
Found = Tuple[Dialect, str]


def find_framework(options_path: str, working_directory: str) -> Framework:
    """Return the framework that a training of this option file imports; NO_FRAMEWORK without one.

    Code of the option file's repository wins over code of the working directory's, and both over
    an installed package: that is what the training's own script imports.
    """
    folders = list(_repository(os.path.dirname(os.path.abspath(options_path))))
    folders += [folder for folder in _repository(working_directory) if folder not in folders]
    vendored = next((one for folder in folders for one in _in_repository(folder)), None)
    if vendored is not None:
        dialect, origin = vendored
        found = dialect.describe(origin, True)
        shadowed = _installed_origin(found.name, found.root)
        if shadowed and not _same(shadowed, origin):
            found = dataclasses.replace(found, shadowed_origin=shadowed)
        return dataclasses.replace(found, plugins=_plugins(folders, found))
    installed = _installed()
    if installed is not None:
        dialect, origin = installed
        found = dialect.describe(origin, False)
        return dataclasses.replace(found, plugins=_plugins(folders, found))
    return NO_FRAMEWORK


def framework_at(origin: str, vendored: bool) -> Framework:
    """The framework whose code lies in a folder; what no dialect recognises is unknown."""
    found = next((dialect for dialect in DIALECTS if dialect.recognises(origin)), None)
    return (found or dialect_of(NO_FRAMEWORK)).describe(origin, vendored)


def hook_points(framework: Framework) -> Tuple[HookPoint, ...]:
    """What the hook waits for: the framework that was found, and all whose names are known."""
    named = [(dialect_of(framework), framework)] if framework.is_found else []
    for dialect in DIALECTS:
        for package in dialect.packages or ('',):
            named.append((dialect, dataclasses.replace(NO_FRAMEWORK, name=package)))
    return tuple(dict.fromkeys(p for dialect, one in named for p in dialect.hook_points(one)))


def _repository(folder: str) -> Iterator[str]:
    """A folder and those above it, up to the root of the repository that it belongs to.

    What lies beside a repository is none of its business: its neighbours are not looked at.
    """
    folder = os.path.abspath(folder)
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder or _is_repository(folder):
            return
        folder = parent


def _is_repository(folder: str) -> bool:
    marked = any(os.path.exists(os.path.join(folder, mark)) for mark in MARKS)
    return marked or brings_parts(folder) or any(True for _ in _in_repository(folder))


def _in_repository(folder: str) -> Iterator[Found]:
    """Code of a framework in a folder, that of the first dialect that recognises it first."""
    for dialect in DIALECTS:
        for origin in dialect.origins(folder):
            if dialect.recognises(origin):
                yield dialect, origin


def _installed() -> Optional[Found]:
    """The framework that sys.path offers."""
    for name in dict.fromkeys(name for dialect in DIALECTS for name in dialect.packages):
        origin = _installed_origin(name)
        if origin:
            found = next((dialect for dialect in DIALECTS if dialect.recognises(origin)), None)
            return found or dialect_of(NO_FRAMEWORK), origin
    return None


def _installed_origin(package: str, besides: str = '') -> str:
    """Folder of the package that sys.path offers, '' when it has none.

    Args:
        package: import name.
        besides: folder that does not count: `python -m` puts the working directory on the path.
    """
    places = [place for place in sys.path if place and os.path.isdir(place)]
    places = [place for place in places if not besides or not _same(place, besides)]
    spec = PathFinder.find_spec(package, places) if package else None
    if spec is None:
        return ''
    if spec.origin:
        return os.path.dirname(spec.origin)
    # A package without __init__.py, as Restormer's after `setup.py develop`.
    folders = spec.submodule_search_locations or ()
    return next((folder for folder in folders if _is_code(folder)), '')


def _is_code(folder: str) -> bool:
    return any(dialect.recognises(folder) for dialect in DIALECTS)


def _plugins(folders: List[str], framework: Framework) -> Tuple[Tuple[str, str], ...]:
    """Packages of the repository that bring archs or models of their own.

    A repository may have archs/ and models/ at its root: a package without a name.
    """
    packages = {framework.name, *(name for dialect in DIALECTS for name in dialect.packages)}
    for folder in folders:
        names = [''] if brings_parts(folder) and not _is_code(folder) else []
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), '*', 'archs'))):
            package = os.path.dirname(path)
            name = os.path.basename(package)
            is_own = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) == package
            sources = glob.glob(os.path.join(glob.escape(path), '*_arch.py'))
            if sources and name.isidentifier() and name not in packages and not is_own:
                if not _is_repository(package):  # a neighbour, not a package
                    names.append(name)
        if names:
            return tuple((name, folder) for name in names)
    return ()


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
