"""Which code will run the training, told from source trees; nothing is imported."""

from __future__ import annotations

import dataclasses
import glob
import os
import sys
from importlib.machinery import PathFinder
from typing import Iterator, List, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import Dialect, HookPoint
from basicsr_weightcheck.dialects.family.source_tree import brings_parts, inside_each
from basicsr_weightcheck.found import classes_in
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, Framework

# Not __package__: empty in an archive before Python 3.10.
ROOM = __name__.rpartition('.')[0]
_FOUND = (kind() for kind in classes_in(ROOM, Dialect) if kind.name)  # the others are bases
# All dialects, in the order in which they are asked whether a tree is theirs.
DIALECTS: Tuple[Dialect, ...] = tuple(sorted(_FOUND, key=lambda one: one.turn))
_BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


def dialect_of(framework: Framework) -> Dialect:
    """The object that knows what a framework does."""
    return _BY_NAME[framework.dialect]


MARKS = ('.git', 'setup.py', 'setup.cfg', 'pyproject.toml')  # of the root of a repository
Recognised = Tuple[Dialect, str]


def find_framework(options_path: str, working_directory: str) -> Framework:
    """Return the framework that a training of this option file imports; NO_FRAMEWORK without one.

    Code of the option file's repository wins over code of the working directory's, and both over
    an installed package: that is what the training's own script imports.
    """
    beside, here = (
        os.path.dirname(os.path.abspath(options_path)),
        os.path.abspath(working_directory),
    )
    folders = list(_repository(beside))
    if here != beside:
        folders += [folder for folder in _repository(here) if folder not in folders]
    vendored = next((one for folder in folders for one in _in_repository(folder)), None)
    dialect, origin = vendored or _installed() or (None, '')
    if dialect is None:
        return NO_FRAMEWORK
    found = dialect.describe(origin, vendored is not None)
    plugins = _plugins(folders, found)
    return dataclasses.replace(found, shadowed_origin=_shadowed(found), plugins=plugins)


def _shadowed(found: Framework) -> str:
    """Folder of an installed package that code of a repository has to win against."""
    installed = _installed_origin(found.name, found.root) if found.vendored else ''
    return installed if installed and not _same(installed, found.origin) else ''


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


def _in_repository(folder: str) -> Iterator[Recognised]:
    """Code of a framework in a folder, that of the first dialect that recognises it first."""
    for dialect in DIALECTS:
        for origin in dialect.origins(folder):
            if dialect.recognises(origin):
                yield dialect, origin


def _installed() -> Optional[Recognised]:
    """The framework that sys.path offers."""
    for name in dict.fromkeys(name for dialect in DIALECTS for name in dialect.packages):
        origin = _installed_origin(name)
        if origin:
            found = next((dialect for dialect in DIALECTS if dialect.recognises(origin)), None)
            return found or dialect_of(NO_FRAMEWORK), origin
    return None


def _installed_origin(package: str, besides: str = '') -> str:
    """Folder of the package that sys.path offers, '' when it has none.

    `besides` does not count: `python -m` puts the working directory on the path.
    """
    spec = PathFinder.find_spec(package, _search_path(besides)) if package else None
    if spec is None:
        return ''
    if spec.origin:
        return os.path.dirname(spec.origin)
    # A package without __init__.py, as Restormer's after `setup.py develop`.
    folders = spec.submodule_search_locations or ()
    return next((folder for folder in folders if _is_code(folder)), '')


def _search_path(besides: str) -> List[str]:
    places = [place for place in sys.path if place and os.path.isdir(place)]
    return [place for place in places if not besides or not _same(place, besides)]


def _is_code(folder: str) -> bool:
    return any(dialect.recognises(folder) for dialect in DIALECTS)


def _plugins(folders: List[str], framework: Framework) -> Tuple[Tuple[str, str], ...]:
    """Packages of the repository that bring archs or models of their own.

    A repository may have archs/ and models/ at its root: a package without a name.
    """
    known = {framework.name, *(name for dialect in DIALECTS for name in dialect.packages)}
    for folder in folders:
        # The nearest folder that has any: a training imports from one repository.
        names = [''] if brings_parts(folder) and not _is_code(folder) else []
        names += [name for name in _packages_with_archs(folder) if name not in known]
        if names:
            return tuple((name, folder) for name in names)
    return ()


def _packages_with_archs(folder: str) -> Iterator[str]:
    """Names of the packages in a folder that have networks; neither ours nor a neighbour's."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for path in inside_each(folder, 'archs'):
        package = os.path.dirname(path)
        name = os.path.basename(package)
        sources = glob.glob(os.path.join(glob.escape(path), '*_arch.py'))
        if sources and name.isidentifier() and package != own and not _is_repository(package):
            yield name


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
