"""What the names in a pickle do: which run code, what torch's weights_only reader refuses, and what
a torch without it would call. Told from the names alone, without torch.

Source: torch/_weights_only_unpickler.py `_get_allowed_globals`, read in the released packages of
torch 1.13.1, 2.0.1, 2.1.2, 2.3.1, 2.4.1, 2.5.1, 2.6.0, 2.7.1, 2.8.0, 2.10.0, 2.12.0 and 2.13.0.
"""

from __future__ import annotations

import os
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from typing import Dict, FrozenSet, Iterable, Optional, Tuple

from basicsr_weightcheck.records.tensors import CheckpointHeader, ForeignObject
from basicsr_weightcheck.version import version_numbers

# Which run code: no weight file has a use for them. The list says what is known to be dangerous.
# What is not on it is not called either; it only is not named a danger.

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


# What a reader of weights only takes.

Version = Tuple[int, ...]
# torch.load(weights_only=None) means True from here on.
# Source: torch/serialization.py `load` (2.5.1 and 2.6.0).
FIRST_SAFE_DEFAULT: Version = (2, 6)
OLDEST_KNOWN: Version = (2, 4)
NEVER: Version = (1 << 30,)  # later than any torch

_KINDS = 'Double Float Half Long Int Short Char Byte Bool BFloat16'.split()
_SPARSE = [kind for kind in _KINDS if kind != 'Bool']
_COMPLEX = ['ComplexDouble', 'ComplexFloat']
_QUANTIZED = ['QUInt8', 'QInt8', 'QInt32', 'QUInt4x2', 'QUInt2x4']


def _names(prefix: str, words: str) -> Tuple[str, ...]:
    return tuple(prefix + word for word in words.split())


# Allowed by every torch from 2.4 on.
ALWAYS_ALLOWED: FrozenSet[str] = frozenset(
    (
        'collections.Counter',
        'collections.OrderedDict',
        'torch._tensor._rebuild_from_type_v2',
        'torch.nn.parameter.Parameter',
        'torch.serialization._get_layout',
        'torch.storage.TypedStorage',
        'torch.storage.UntypedStorage',
        *_names('torch.', 'Size Tensor device'),
        *_names(
            'torch._utils._rebuild_',
            'parameter parameter_with_state qtensor tensor tensor_v2 tensor_v3 sparse_tensor '
            'meta_tensor_no_storage nested_tensor wrapper_subclass',
        ),
        *_names(
            'torch.',
            'float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex128 '
            'complex64 complex32 qint8 qint32 quint8 quint4x2 quint2x4 float8_e5m2 float8_e4m3fn '
            'float8_e5m2fnuz float8_e4m3fnuz bits8 bits16 bits1x8 bits2x4 bits4x2 '
            'per_tensor_affine per_tensor_symmetric per_channel_affine per_channel_symmetric '
            'per_channel_affine_float_qparams',
        ),
        *(f'torch.{kind}Storage' for kind in (*_KINDS, *_COMPLEX, *_QUANTIZED)),
        *(f'torch.cuda.{kind}Storage' for kind in (*_KINDS, *_COMPLEX)),
        *(f'torch.{kind}Tensor' for kind in _KINDS),
        *(f'torch.cuda.{kind}Tensor' for kind in _KINDS),
        *(f'torch.sparse.{kind}Tensor' for kind in _SPARSE),
        *(f'torch.cuda.sparse.{kind}Tensor' for kind in _SPARSE),
    )
)

# {name: first torch that allows it}.
ALLOWED_SINCE: Dict[str, Version] = {
    '_codecs.encode': (2, 5),
    'builtins.bytearray': (2, 5),
    'torch._utils._rebuild_device_tensor_from_numpy': (2, 5),
    'builtins.set': (2, 6),
    'builtins.complex': (2, 6),
    'torch._utils._rebuild_device_tensor_from_cpu_tensor': (2, 6),
    **{f'torch.uint{bits}': (2, 6) for bits in (16, 32, 64)},
    **{f'torch.int{bits}': (2, 7) for bits in range(1, 8)},
    **{f'torch.uint{bits}': (2, 7) for bits in range(1, 8)},
    'torch.float8_e8m0fnu': (2, 7),
    'torch.float4_e2m1fn_x2': (2, 8),
}

# Refused by every torch, and yet no code: a call of one makes a value and does nothing else.
# Source: numpy/_core/src/multiarray/multiarraymodule.c `array_scalar`, numpy/_core/multiarray.py
# `_reconstruct`; CPython Lib/copyreg.py; the constructors of the others.
PLAIN_DATA: FrozenSet[str] = frozenset(
    (
        *_names('numpy.', 'dtype ndarray'),
        *_names('numpy.core.multiarray.', 'scalar _reconstruct'),
        *_names('numpy._core.multiarray.', 'scalar _reconstruct'),
        *_names('builtins.', 'frozenset slice range object list dict tuple int float str bytes'),
        *_names('collections.', 'defaultdict deque'),
        *_names('datetime.', 'date datetime time timedelta timezone'),
        *_names('pathlib.', 'PosixPath WindowsPath PurePosixPath PureWindowsPath'),
        *_names('copyreg.', '_reconstructor __newobj__'),
        'argparse.Namespace',
        'builtins.bool',
        'decimal.Decimal',
    )
)
_SWITCHED_OFF = 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'


def allowed_since(name: str) -> Optional[Version]:
    """The first torch from 2.4 on that allows a name of a file, None where none does yet."""
    modern = modern_name(name)
    return OLDEST_KNOWN if modern in ALWAYS_ALLOWED else ALLOWED_SINCE.get(modern)


def refused_globals(header: CheckpointHeader, torch_version: str) -> Tuple[ForeignObject, ...]:
    """What torch.load(weights_only=True) of this torch refuses; the first is what it names.

    A torch older than 2.4 is taken for 2.4. Names that a user allows with `add_safe_globals` cannot
    be known here.
    """
    version = max(version_numbers(torch_version), OLDEST_KNOWN)
    return tuple(one for one in header.foreign if (allowed_since(one.name) or NEVER) > version)


def is_refused(header: CheckpointHeader, torch_version: str) -> bool:
    """Whether weights_only=True refuses the file: by a name, or by a step it does not know."""
    return header.odd_step is not None or bool(refused_globals(header, torch_version))


def is_guarded(torch_version: str) -> bool:
    """Whether a plain torch.load of this torch calls nothing that a file names.

    It does from 2.6 on, where the environment does not say otherwise. A torch that is not known
    ('') counts as one that calls.

    Source: torch/serialization.py `load` (2.13), TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD.
    """
    switched_off = os.environ.get(_SWITCHED_OFF, '').lower() in ('1', 'y', 'yes', 'true')
    return version_numbers(torch_version) >= FIRST_SAFE_DEFAULT and not switched_off


def code_globals(names: Iterable[str]) -> Tuple[str, ...]:
    """Names that are code, in the order given: neither on the allow-list of any torch nor known to
    make a plain value. What such a name does cannot be told from the file."""
    return tuple(
        name
        for name in names
        if allowed_since(name) is None and modern_name(name) not in PLAIN_DATA
    )


def called_globals(header: CheckpointHeader, torch_version: str) -> Tuple[str, ...]:
    """Code that a plain torch.load of this torch calls: none from 2.6 on."""
    return () if is_guarded(torch_version) else code_globals(header.globals)


def harmful_globals(header: CheckpointHeader, torch_version: str) -> Tuple[str, ...]:
    """Names for which torch must not even be shown the file: code that this torch would call.

    A torch that calls none refuses the file by itself, in its own words; the check lets it speak,
    but for names that nobody writes into a file of weights by accident.
    """
    return called_globals(header, torch_version) or dangerous_globals(header.globals)
