"""What is installed beside this program: it runs in the Python of the training."""

from __future__ import annotations

import importlib.metadata
from typing import Optional


def installed_version(package: str) -> Optional[str]:
    """The version of a package, None where it is not installed; nothing is imported."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
