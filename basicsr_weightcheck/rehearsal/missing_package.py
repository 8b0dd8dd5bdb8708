"""Which package an import lacks, and which file asks for it."""

from __future__ import annotations

import importlib.util
from types import TracebackType
from typing import Optional, Tuple

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
