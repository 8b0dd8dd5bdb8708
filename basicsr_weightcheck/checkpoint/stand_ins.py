"""What stands for the classes, functions and objects that a pickle names.

Source: torch/_utils.py `_rebuild_*`, torch/_tensor.py `_rebuild_from_type_v2` (2.13).
"""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.dtypes import STORAGE_CLASSES, WIDTH, dtype_of_global

ORDERED = 'collections.OrderedDict'  # made by the unpickler itself, which counts what goes in
FLIPPED = 'torch.Tensor (conjugate or negative view)'
MODULE_STATE = ('_parameters', '_modules')
LARGEST_SIZE = 1 << 63  # torch counts in int64


class StorageType:
    """Stands for torch.FloatStorage and its kin."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype


class DtypeName:
    """Stands for torch.float32 and its kin."""

    def __init__(self, name: str) -> None:
        self.name = name


class StorageReference(NamedTuple):
    """What a persistent id says: `count` elements of `dtype` under `key`.

    `view` is (element offset, element count) of a legacy storage view, None otherwise.
    """

    dtype: str
    key: str
    device: str
    count: int  # type: ignore[assignment]  # hides tuple.count
    view: Optional[Tuple[int, int]] = None

    @property
    def byte_count(self) -> int:
        return self.count * WIDTH[self.dtype]


class RawTensor(NamedTuple):
    """A tensor record before it is given a key. `offset` and `stride` are in elements."""

    storage: StorageReference
    dtype: str
    offset: int
    shape: Tuple[int, ...]
    stride: Tuple[int, ...]


class Inert:
    """Any class, function or object that the reader does not build.

    Attributes:
        type_name: 'module.name' as the file says it.
        is_module: its state is that of a torch.nn.Module.
    """

    __slots__ = ('type_name', 'is_module')

    def __init__(self, type_name: str = 'unknown') -> None:
        self.type_name = type_name
        self.is_module = False

    def set_state(self, state: Any) -> None:
        """Notice a pickled network; the state itself is dropped."""
        if isinstance(state, dict) and all(name in state for name in MODULE_STATE):
            self.is_module = True


class Builder(NamedTuple):
    """Stands for one of the few functions whose result is understood.

    Attributes:
        type_name: 'module.name' as the file says it.
        build: gives the result of a call, raises TypeError or ValueError where it is not what torch
            writes; None for an OrderedDict.
    """

    type_name: str
    build: Optional[Callable[..., Any]] = None


def stand_in(module: str, name: str) -> Any:
    """What stands for a global."""
    full = f'{module}.{name}'
    if module.startswith('torch') and name in STORAGE_CLASSES:
        return StorageType(STORAGE_CLASSES[name])
    dtype = dtype_of_global(module, name)
    if dtype is not None:
        return DtypeName(dtype)
    if full in _BUILDERS or full == ORDERED:
        return Builder(full, _BUILDERS.get(full))
    return Inert(full)


def size(value: Any) -> int:
    """A count, an offset or a stride. Raises ValueError for anything else."""
    if type(value) is int and 0 <= value < LARGEST_SIZE:  # True is no size
        return value
    raise ValueError(f'{type(value).__name__} is not a size')


def _sizes(values: Any) -> Tuple[int, ...]:
    if not isinstance(values, (tuple, list)):
        raise TypeError(f'{type(values).__name__} is no shape')
    for value in values:
        size(value)
    return tuple(values)


def _tensor(
    storage: Any,
    offset: Any,
    shape: Any,
    stride: Any,
    grad: Any = None,
    hooks: Any = None,
    bits: Any = None,
    *_: Any,
) -> Any:
    if not isinstance(storage, StorageReference):
        return Inert()
    if bits:
        return Inert(FLIPPED)  # its bytes are not its values
    base = storage.view[0] if storage.view else 0
    return RawTensor(storage, storage.dtype, size(offset) + base, _sizes(shape), _sizes(stride))


def _tensor_v3(
    storage: Any, offset: Any, shape: Any, stride: Any, grad: Any, hooks: Any, dtype: Any, *_: Any
) -> Any:
    if not isinstance(storage, StorageReference) or not isinstance(dtype, DtypeName):
        return Inert()
    return RawTensor(storage, dtype.name, size(offset), _sizes(shape), _sizes(stride))


def _from_type(function: Any, kind: Any, arguments: Any, state: Any) -> Any:
    """A tensor with attributes of its own: the attributes are dropped."""
    if not isinstance(function, Builder) or not isinstance(arguments, tuple):
        return Inert()
    if function.build is None:
        raise TypeError('a tensor that is an OrderedDict')
    return function.build(*arguments)


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _shape(values: Any = ()) -> Tuple[int, ...]:
    return _sizes(values)


_BUILDERS: Dict[str, Any] = {
    'torch._tensor._rebuild_from_type_v2': _from_type,
    'torch._utils._rebuild_tensor': _tensor,
    'torch._utils._rebuild_tensor_v2': _tensor,
    'torch._utils._rebuild_tensor_v3': _tensor_v3,
    'torch._utils._rebuild_parameter': _parameter,
    'torch._utils._rebuild_parameter_with_state': _parameter,
    'torch.nn.parameter.Parameter': _parameter,
    'torch.Size': _shape,
}
