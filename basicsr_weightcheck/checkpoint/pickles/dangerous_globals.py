"""Which globals of a pickle run code: no weight file has a use for them.

The list says what is known to be dangerous. What is not on it is not called either; it only is not
named a danger.
"""

from __future__ import annotations

from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from typing import Iterable, Tuple

# Modules whose functions do things; data never needs them.
_DANGEROUS_MODULES = frozenset(
    (
        'os posix nt subprocess sys runpy importlib pty socket shutil webbrowser ctypes code '
        'codeop pdb bdb timeit cProfile profile asyncio multiprocessing threading commands '
        'platform requests urllib http ftplib smtplib telnetlib pip idlelib operator functools '
        'torch.hub torch.utils.cpp_extension numpy.testing pickle dill cloudpickle joblib marshal '
        'types io _io _posixsubprocess tempfile signal pydoc doctest trace imp zipimport pkgutil '
        'distutils setuptools ensurepip concurrent socketserver xmlrpc torch.package'
    ).split()
)
# Functions that read another pickle, which they do not look at first.
_DANGEROUS_NAMES = frozenset(
    (
        'torch.load torch.serialization.load torch.serialization._load '
        'torch.storage._load_from_bytes torch.jit.load numpy.load numpy.lib.npyio.load '
        'pandas.read_pickle pandas.io.pickle.read_pickle'
    ).split()
)
_DANGEROUS_PARTS = frozenset(
    'os sys posix subprocess builtins importlib system popen eval exec getattr'.split()
)
# Making one calls nothing; networks of timm hold some. What it would call is named beside it.
_HARMLESS_NAMES = frozenset({'functools.partial'})
_HARMLESS_BUILTINS = frozenset(
    (
        'set frozenset bytearray complex slice range object list dict tuple int float str bytes '
        'bool'
    ).split()
)


def modern_name(name: str) -> str:
    """'module.name' as Python 3 has it: protocol 2, torch.save's default, writes Python 2's names.

    Source: Lib/_compat_pickle.py, of which torch/_utils.py has a copy.
    """
    module, _, attribute = name.rpartition('.')
    module, attribute = NAME_MAPPING.get((module, attribute), (module, attribute))
    return f'{IMPORT_MAPPING.get(module, module)}.{attribute}'


def dangerous_globals(names: Iterable[str]) -> Tuple[str, ...]:
    """Those that run code instead of describing data, in the order given."""
    return tuple(name for name in names if _is_dangerous(modern_name(name)))


def _is_dangerous(name: str) -> bool:
    if name in _HARMLESS_NAMES:
        return False
    if name in _DANGEROUS_NAMES:
        return True
    parts = name.split('.')
    if parts[0] == 'builtins':
        return parts[1] not in _HARMLESS_BUILTINS or len(parts) > 2
    # Protocol 4 follows attributes: 'torch.os.system' is os.system.
    if any(part in _DANGEROUS_PARTS or part.startswith('__') for part in parts[1:]):
        return True
    return any('.'.join(parts[:end]) in _DANGEROUS_MODULES for end in range(1, len(parts)))
