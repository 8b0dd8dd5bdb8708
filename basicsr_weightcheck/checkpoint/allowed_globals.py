"""Which globals torch's weights_only reader accepts, and which no weight file has a use for.

Source: torch/_weights_only_unpickler.py `_get_allowed_globals` (2.13).
"""

from __future__ import annotations

from typing import Iterable, Tuple

from basicsr_weightcheck.checkpoint.dtypes import STORAGE_CLASSES, WIDTH

_ACCEPTED = frozenset(
    {
        'collections.OrderedDict',
        'collections.Counter',
        'collections.defaultdict',
        'builtins.set',
        '__builtin__.set',
        'builtins.bytearray',
        '__builtin__.bytearray',
        'builtins.complex',
        '__builtin__.complex',
        '_codecs.encode',
        'torch.nn.parameter.Parameter',
        'torch.nn.parameter.Buffer',
        'torch.serialization._get_layout',
        'torch.Size',
        'torch.Tensor',
        'torch.device',
        'torch.storage.TypedStorage',
        'torch.storage.UntypedStorage',
        'torch._tensor._rebuild_from_type_v2',
        'torch._C._TensorBase',
        'torch.float8_e8m0fnu',
        'torch._utils._rebuild_parameter',
        'torch._utils._rebuild_parameter_with_state',
        'torch._utils._rebuild_tensor',
        'torch._utils._rebuild_tensor_v2',
        'torch._utils._rebuild_tensor_v3',
        'torch._utils._rebuild_qtensor',
        'torch._utils._rebuild_sparse_tensor',
        'torch._utils._rebuild_meta_tensor_no_storage',
        'torch._utils._rebuild_nested_tensor',
        'torch._utils._rebuild_wrapper_subclass',
        'torch._utils._rebuild_device_tensor_from_numpy',
        'torch._utils._rebuild_device_tensor_from_cpu_tensor',
    }
    | {f'torch.{name}' for name in WIDTH}
    | {f'torch.{name}' for name in STORAGE_CLASSES}
    | {f'torch.cuda.{name}' for name in STORAGE_CLASSES}
)

# Modules whose functions do things; data never needs them.
_DANGEROUS_MODULES = frozenset(
    {
        'os',
        'posix',
        'nt',
        'subprocess',
        'sys',
        'runpy',
        'importlib',
        'pty',
        'socket',
        'shutil',
        'webbrowser',
        'ctypes',
        'code',
        'codeop',
        'pdb',
        'bdb',
        'timeit',
        'cProfile',
        'profile',
        'asyncio',
        'multiprocessing',
        'threading',
        'commands',
        'platform',
        'requests',
        'urllib',
        'http',
        'ftplib',
        'smtplib',
        'telnetlib',
        'pip',
        'idlelib',
        'operator',
        'functools',
        'torch.hub',
        'torch.utils.cpp_extension',
        'numpy.testing',
        'pickle',
        'dill',
        'cloudpickle',
    }
)
_HARMLESS_BUILTINS = frozenset(
    {
        'set',
        'frozenset',
        'bytearray',
        'complex',
        'slice',
        'range',
        'object',
        'list',
        'dict',
        'tuple',
        'int',
        'float',
        'str',
        'bytes',
        'bool',
        'long',
        'unicode',
    }
)


def refused_globals(names: Iterable[str]) -> Tuple[str, ...]:
    """Those that torch >= 2.6 refuses by default, in the order given."""
    return tuple(name for name in names if name not in _ACCEPTED)


def dangerous_globals(names: Iterable[str]) -> Tuple[str, ...]:
    """Those that run code instead of describing data, in the order given."""
    return tuple(name for name in names if _is_dangerous(name))


def _is_dangerous(name: str) -> bool:
    module, _, attribute = name.rpartition('.')
    if module in ('builtins', '__builtin__'):
        return attribute not in _HARMLESS_BUILTINS
    parts = module.split('.')
    return any('.'.join(parts[: end + 1]) in _DANGEROUS_MODULES for end in range(len(parts)))
