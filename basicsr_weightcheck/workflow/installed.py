"""What is installed beside this program, and what that torch makes of a file."""

from __future__ import annotations

import os
import re
import sys
from typing import Optional

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import file_troubles
from basicsr_weightcheck.checkpoint.pickles.weights_only import is_guarded, refused_globals
from basicsr_weightcheck.records.tensors import PREDICTED, CheckpointHeader, Outcome, Troubles

VERSION_BYTES = 4096  # torch and numpy write it into the first lines of version.py
VERSION = re.compile(r'^(?:__version__|version)\s*(?::\s*str\s*)?=\s*["\']([^"\']+)', re.M)


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


def troubles_of(header: CheckpointHeader) -> Troubles:
    """What the torch and numpy that are installed here make of a file."""
    return file_troubles(header, installed_version('torch'), installed_version('numpy'))


def _written(path: str) -> Optional[str]:
    try:
        with open(path, encoding='utf-8') as file:
            found = VERSION.search(file.read(VERSION_BYTES))
    except (OSError, UnicodeDecodeError):
        return None
    return found.group(1) if found else None


def _in_metadata(package: str) -> Optional[str]:
    import importlib.metadata

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


# What the installed torch would say of a file that it refuses, where it is not asked itself.


def refusal(header: CheckpointHeader) -> Optional[Outcome]:
    """The outcome of a load that ends in torch.load, None where torch reads the file.

    Source: torch/serialization.py `load`, torch/_weights_only_unpickler.py `Unpickler` (2.13).
    """
    version = installed_version('torch')
    if version is None or not is_guarded(version):
        return None
    names = refused_globals(header, version)
    if names:
        reason = f'Unsupported global: GLOBAL {names[0].name} was not an allowed global by default.'
    elif header.odd_step is not None:
        reason = f'Unsupported operand {header.odd_step}'
    else:
        return None
    message = f'Weights only load failed. WeightsUnpickler error: {reason}'
    return Outcome(False, 'UnpicklingError', message, PREDICTED, opened=False)
