"""What sources tell of classes and options that no run has shown; nothing is imported.

Source: basicsr 1.4.2 archs/__init__.py (imports `*_arch.py` only), utils/registry.py; Restormer
basicsr/models/archs/__init__.py (the same, without a registry).
"""

from __future__ import annotations

import os
import re
from typing import Iterable, Iterator, List, NamedTuple, Set

from basicsr_weightcheck.dialects.family.source_tree import read
from basicsr_weightcheck.records.plans import Framework

# Of one tree: a repository of the family has some hundred, a folder full of them more.
VISITED_FILES = 2000
SUFFIX = '_arch.py'
REGISTERED = re.compile(r'@\w*REGISTRY\.register\([^)]*\)\s*$')


class ClassSource(NamedTuple):
    """Where a class stands and why the framework passes it by.

    Attributes:
        reason: 'file-name' (does not end in _arch.py), 'not-registered' (no decorator), or
            'elsewhere' (outside the folders that are imported); 'nowhere' of one not found.
    """

    path: str
    reason: str


NOWHERE = ClassSource('', 'nowhere')


def find_class(name: str, framework: Framework) -> ClassSource:
    """The first file below the framework's root (or a plug-in's) that defines the class.

    An installed framework is searched in its own package only.
    """
    if not name.isidentifier():
        return NOWHERE
    pattern = re.compile(rf'^class {name}\b', re.MULTILINE)
    for path in (path for root in _roots(framework) for path in _sources(root)):
        text = read(path)
        match = pattern.search(text)
        if match is not None:
            return ClassSource(path, _reason(path, text[: match.start()], framework))
    return NOWHERE


def named_in_sources(options: Iterable[str], framework: Framework) -> Set[str]:
    """Those of some dotted options whose last name stands, as a text, in the code of a training.

    All of them where no framework is found: what nobody has run or can read is not known.
    """
    wanted = set(options)
    if not wanted or not framework.is_found:
        return wanted
    named: Set[str] = set()
    for path in (path for root in _roots(framework) for path in _sources(root)):
        text = read(path)
        for option in wanted - named:
            name = re.escape(option.rpartition('.')[2])
            if re.search(rf"""['"]{name}['"]""", text):
                named.add(option)
    return named


def _roots(framework: Framework) -> List[str]:
    """Folders of the code: an installed framework's is its own package only."""
    roots = [framework.root if framework.vendored else framework.origin]
    return roots + [os.path.join(folder, plugin) for plugin, folder in framework.plugins]


def _reason(path: str, before: str, framework: Framework) -> str:
    # The reasons are asked in the order in which the framework gets to them.
    if not path.endswith(SUFFIX):
        return 'file-name'
    registers = framework.layout == 'registry'
    return 'not-registered' if registers and not REGISTERED.search(before) else 'elsewhere'


def _sources(root: str) -> Iterator[str]:
    """Python files, those of folders called archs first."""
    found = []
    for folder, folders, files in os.walk(root):
        # In place: os.walk goes on with what is left.
        folders[:] = sorted(name for name in folders if not name.startswith(('.', '__')))
        found += [os.path.join(folder, name) for name in sorted(files) if name.endswith('.py')]
        if len(found) >= VISITED_FILES:
            break
    yield from sorted(found, key=lambda path: ('archs' not in path.split(os.sep), path))
