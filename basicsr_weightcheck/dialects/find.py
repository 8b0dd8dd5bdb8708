"""Which code will run the training, told from source trees; nothing is imported."""

from __future__ import annotations

import dataclasses
import glob
import os
import sys
from importlib.machinery import PathFinder
from typing import Iterator, List, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import Dialect, HookPoint
from basicsr_weightcheck.dialects.table import DIALECTS, dialect_of
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, Framework

OWN_PACKAGE = 'basicsr_weightcheck'
Found = Tuple[Dialect, str]


def find_framework(options_path: str, working_directory: str) -> Framework:
    """Return the framework that a training of this option file imports; NO_FRAMEWORK without one.

    Code next to the option file wins over code next to the working directory, and both over an
    installed package: that is what the training's own script imports.
    """
    folders = list(_upwards(os.path.dirname(os.path.abspath(options_path))))
    folders += [folder for folder in _upwards(working_directory) if folder not in folders]
    vendored = next((found for folder in folders for found in _in_repository(folder)), None)
    plugins = _plugins(folders)
    if vendored is not None:
        dialect, origin = vendored
        found = dialect.describe(origin, True)
        shadowed = _installed_origin(found.name)
        if shadowed and not _same(shadowed, origin):
            found = dataclasses.replace(found, shadowed_origin=shadowed)
        return dataclasses.replace(found, plugins=plugins)
    installed = _installed()
    if installed is not None:
        dialect, origin = installed
        return dataclasses.replace(dialect.describe(origin, False), plugins=plugins)
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


def _upwards(folder: str) -> Iterator[str]:
    folder = os.path.abspath(folder)
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


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


def _installed_origin(package: str) -> str:
    """Folder of the package that sys.path offers, '' when it has none."""
    places = [place for place in sys.path if place and os.path.isdir(place)]
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


def _plugins(folders: List[str]) -> Tuple[Tuple[str, str], ...]:
    """Packages beside the option file that bring archs or models of their own."""
    packages = {OWN_PACKAGE, *(name for dialect in DIALECTS for name in dialect.packages)}
    for folder in folders:
        found = []
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), '*', 'archs'))):
            name = os.path.basename(os.path.dirname(path))
            sources = glob.glob(os.path.join(glob.escape(path), '*_arch.py'))
            if sources and name.isidentifier() and name not in packages:
                found.append((name, folder))
        if found:
            return tuple(found)
    return ()


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
