"""Where a weight path leads, and what lies near a wrong one."""

from __future__ import annotations

import difflib
import os
import re
from typing import List

from basicsr_weightcheck.messages.of_files import seen_from
from basicsr_weightcheck.records.names import WEIGHT_ENDINGS

SUFFIXES = (*WEIGHT_ENDINGS, '.bin')
# Enough for a repository; below a home folder the search would take minutes.
VISITED_FOLDERS = 400


def resolve(load_path: str, working_directory: str) -> str:
    """The absolute path that torch.load opens: relative to where the training is started."""
    return os.path.normpath(os.path.join(working_directory, load_path))


def is_address(load_path: str) -> bool:
    """A URL: no loader downloads it, torch.load takes it for a path.

    Source: torch/serialization.py `_open_file`; basicsr 1.4.2 models/base_model.py `load_network`.
    """
    return re.match(r'[A-Za-z][A-Za-z0-9+.-]+://', load_path.strip()) is not None


def nearest_file(load_path: str, working_directory: str) -> str:
    """The weight file that was probably meant, relative to the working directory; '' if none.

    Looks in the named folder first, then for the same file name below the working directory.
    """
    target = resolve(load_path.replace('\\', '/'), working_directory)  # a path of Windows
    if os.path.isfile(target):
        return _shown(target, working_directory)
    name = os.path.basename(target)
    try:
        siblings = [n for n in sorted(os.listdir(os.path.dirname(target))) if n.endswith(SUFFIXES)]
    except OSError:
        siblings = []
    near = difflib.get_close_matches(name, siblings, 1, 0.5)
    if near:
        return _shown(os.path.join(os.path.dirname(target), near[0]), working_directory)
    found = _search(name, working_directory)
    return _shown(found[0], working_directory) if found else ''


def _search(name: str, root: str) -> List[str]:
    found: List[str] = []
    for visited, (folder, folders, files) in enumerate(os.walk(root)):
        folders[:] = sorted(f for f in folders if not f.startswith('.'))
        if name in files:
            found.append(os.path.join(folder, name))
        if visited >= VISITED_FOLDERS:
            break
    # The least deep first: copies lie in folders of old runs.
    return sorted(found, key=lambda path: (path.count(os.sep), path))


def _shown(path: str, working_directory: str) -> str:
    relative = seen_from(path, working_directory)
    return path if relative.startswith('..') else relative
