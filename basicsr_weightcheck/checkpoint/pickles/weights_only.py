"""What torch's weights_only reader refuses, and what a torch without it would call: told from the
names in a file, without torch.

Source: torch/_weights_only_unpickler.py `_get_allowed_globals`, read in the released packages of
torch 1.13.1, 2.0.1, 2.1.2, 2.3.1, 2.4.1, 2.5.1, 2.6.0, 2.7.1, 2.8.0, 2.10.0, 2.12.0 and 2.13.0.
"""

from __future__ import annotations

import os
from typing import Dict, FrozenSet, Iterable, Optional, Tuple

from basicsr_weightcheck.checkpoint.pickles.dangerous_globals import dangerous_globals, modern_name
from basicsr_weightcheck.records.tensors import CheckpointHeader, ForeignObject
from basicsr_weightcheck.version import version_numbers

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
