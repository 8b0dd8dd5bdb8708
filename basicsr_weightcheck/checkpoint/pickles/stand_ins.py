"""What stands for the classes, functions and objects that a pickle names.

Source: torch/_utils.py `_rebuild_*`, torch/_tensor.py `_rebuild_from_type_v2`,
torch/serialization.py `_get_layout`, torch/nested/_internal/nested_tensor.py `_rebuild_njt` (2.13).
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.dtypes import STORAGE_CLASSES, WIDTH, dtype_of_global
from basicsr_weightcheck.records.tensors import PACKED_DTYPES, contiguous_stride

ORDERED = 'collections.OrderedDict'  # made by the unpickler itself, which counts what goes in
PLAIN_CLASSES = ('torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer')
PER_CHANNEL = ('torch.per_channel_affine', 'torch.per_channel_affine_float_qparams')
SPARSE_LAYOUTS = ('sparse_coo', 'sparse_csr', 'sparse_csc', 'sparse_bsr', 'sparse_bsc')
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


class LayoutName(NamedTuple):
    """Stands for torch.sparse_coo and its kin."""

    name: str


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
    """A tensor record before it is given a key. `offset` and `stride` are in elements.

    `storage` and `form` are those of `TensorSpec`.
    """

    storage: Optional[StorageReference]
    dtype: str
    offset: int
    shape: Tuple[int, ...]
    stride: Tuple[int, ...]
    form: str = ''


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


def _tensor(storage: Any, offset: Any, shape: Any, stride: Any, *more: Any) -> Any:
    """`more`: requires_grad, hooks, metadata; `_rebuild_tensor` has none of them."""
    if not isinstance(storage, StorageReference):
        return Inert()
    form = _view_form(more[2]) if len(more) > 2 else ''
    return _strided(storage, storage.dtype, (offset, shape, stride), form)


def _tensor_v3(
    storage: Any,
    offset: Any,
    shape: Any,
    stride: Any,
    grad: Any,
    hooks: Any,
    dtype: Any,
    *more: Any,
) -> Any:
    """`more`: metadata. The storage is one of bytes, so that the dtype is told beside it."""
    if not isinstance(storage, StorageReference) or not isinstance(dtype, DtypeName):
        return Inert()
    form = _view_form(more[0]) if more else ''
    form = form or ('packed' if dtype.name in PACKED_DTYPES else '')
    return _strided(storage, dtype.name, (offset, shape, stride), form)


def _strided(
    storage: Optional[StorageReference], dtype: str, place: Tuple[Any, Any, Any], form: str
) -> RawTensor:
    """A tensor at (offset, shape, stride) of a storage."""
    base = storage.view[0] if storage is not None and storage.view else 0
    offset, shape, stride = place
    return RawTensor(storage, dtype, size(offset) + base, _sizes(shape), _sizes(stride), form)


def _view_form(bits: Any) -> str:
    """Source: torch/_utils.py `get_tensor_metadata`."""
    if not bits:
        return ''
    if not isinstance(bits, dict) or not all(isinstance(key, str) for key in bits):
        raise TypeError('metadata of a tensor that is not known')
    names = [word for key, word in (('conj', 'conjugate'), ('neg', 'negative')) if bits.get(key)]
    return ' '.join(names)


def _quantized(storage: Any, offset: Any, shape: Any, stride: Any, how: Any, *_: Any) -> Any:
    if not isinstance(storage, StorageReference) or not isinstance(how, tuple) or not how:
        return Inert()
    channels = getattr(how[0], 'type_name', '') in PER_CHANNEL
    form = 'quantized_channels' if channels else 'quantized'
    return _strided(storage, storage.dtype, (offset, shape, stride), form)


def _sparse(layout: Any, data: Any) -> Any:
    """(indices, values, shape, ...), or (compressed indices, plain indices, values, shape)."""
    if not isinstance(layout, LayoutName) or not isinstance(data, tuple):
        return Inert()
    at = 1 if layout.name == 'sparse_coo' else 2
    return _whole(data[at], layout.name, _sizes(data[at + 1]))


def _jagged(state: Any) -> Any:
    return _whole(state.get('values') if isinstance(state, dict) else None, 'nested_jagged')


def _whole(values: Any, form: str, shape: Optional[Tuple[int, ...]] = None) -> Any:
    """A tensor of another form; its values lie in the storage of another tensor."""
    if not isinstance(values, RawTensor):
        return Inert()
    shape = values.shape if shape is None else shape
    return RawTensor(values.storage, values.dtype, 0, shape, contiguous_stride(shape), form)


def _bare(form: str, dtype: Any, shape: Any, stride: Any, *_: Any) -> Any:
    """A tensor without a storage."""
    if not isinstance(dtype, DtypeName):
        return Inert()
    return _strided(None, dtype.name, (0, shape, stride), form)


def _from_device(data: Any, dtype: Any, *_: Any) -> Any:
    """A tensor of a device without storages, saved by its values on the CPU."""
    same = isinstance(data, RawTensor) and getattr(dtype, 'name', None) == data.dtype
    return data if same else Inert()


def _from_type(function: Any, kind: Any, arguments: Any, state: Any) -> Any:
    """A tensor with attributes or a class of its own: the attributes are dropped."""
    if not isinstance(function, Builder) or not isinstance(arguments, tuple):
        return Inert()
    if function.build is None:
        raise TypeError('a tensor that is an OrderedDict')
    made = function.build(*arguments)
    own = getattr(kind, 'type_name', '') not in PLAIN_CLASSES
    if own and isinstance(made, RawTensor) and not made.form:
        return made._replace(form='subclass')
    return made


def _layout(name: Any) -> Any:
    """Source: torch/serialization.py `_get_layout`."""
    word = name[len('torch.') :] if isinstance(name, str) and name.startswith('torch.') else ''
    return LayoutName(word) if word in SPARSE_LAYOUTS else Inert()


_BUILDERS: Dict[str, Any] = {
    'torch._tensor._rebuild_from_type_v2': _from_type,
    'torch._utils._rebuild_tensor': _tensor,
    'torch._utils._rebuild_tensor_v2': _tensor,
    'torch._utils._rebuild_tensor_v3': _tensor_v3,
    'torch._utils._rebuild_qtensor': _quantized,
    'torch._utils._rebuild_sparse_tensor': _sparse,
    'torch._utils._rebuild_meta_tensor_no_storage': partial(_bare, 'meta'),
    'torch._utils._rebuild_nested_tensor': lambda buffer, *_: _whole(buffer, 'nested'),
    'torch._utils._rebuild_wrapper_subclass': lambda kind, *rest: _bare('wrapper', *rest),
    'torch._utils._rebuild_device_tensor_from_cpu_tensor': _from_device,
    'torch._utils._rebuild_parameter': lambda data, *_: data,
    'torch._utils._rebuild_parameter_with_state': lambda data, *_: data,
    'torch.nested._internal.nested_tensor._rebuild_njt': _jagged,
    'torch.nn.parameter.Parameter': lambda data, *_: data,
    'torch.serialization._get_layout': _layout,
    'torch.Size': lambda values=(): _sizes(values),
}
