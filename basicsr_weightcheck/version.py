"""Version of the tool, written into every report; and versions of others as numbers."""

from __future__ import annotations

import os
import re
import sys
from typing import Optional, Tuple

__version__ = '0.1.0'

VERSION_BYTES = 4096  # torch and numpy write it into the first lines of version.py
VERSION = r'(?m)^(?:__version__|version)\s*(?::\s*str\s*)?=\s*["\']([^"\']+)'


def version_numbers(text: str) -> Tuple[int, ...]:
    """(2, 13) of '2.13.0+cpu'; () where the text is no version, which is older than any."""
    found = re.match(r'(\d+)\.(\d+)', text)
    return tuple(map(int, found.groups())) if found else ()


def installed_version(package: str) -> Optional[str]:
    """The version of a package, None where it is not installed; nothing is imported.

    The package itself is asked, as an import would find it: importlib.metadata takes as long to
    import as a comparison of two small files takes.
    """
    for folder in sys.path:
        inside = os.path.join(folder or os.curdir, package)
        if os.path.isfile(os.path.join(inside, '__init__.py')):
            return _written(os.path.join(inside, 'version.py')) or _in_metadata(package)
    return None


def _written(path: str) -> Optional[str]:
    try:
        with open(path, encoding='utf-8') as file:
            found = re.search(VERSION, file.read(VERSION_BYTES))
    except (OSError, UnicodeDecodeError):
        return None
    return found.group(1) if found else None


def _in_metadata(package: str) -> Optional[str]:
    import importlib.metadata

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def is_before_zip(torch_version: str) -> bool:
    """This torch cannot read the zip container, its successors' default; False where not known.

    Source: torch/serialization.py of 1.6, `_use_new_zipfile_serialization`.
    """
    return () < version_numbers(torch_version) < (1, 6)
