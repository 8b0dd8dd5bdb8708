"""The object that a header describes, with tensors that hold nothing of the file."""

from __future__ import annotations

import copy
import warnings
from collections import Counter, OrderedDict
from typing import Any, Callable, Dict, Iterator, Optional, Set, Tuple

from basicsr_weightcheck.records.tensors import FileDict, Listing, Scalar, TensorSpec, Value

# Tensors of every form that a file can hold, without the values of the file. Needs torch.
#
# A `load_state_dict` or `copy_` that gets one does what it would do with the tensor of the file:
# it raises the same class of error, or loads. The form decides that and not the values, and
# `meta` tensors do not tell: nothing is ever wrong with copying from or to them.
#
# Source: torch/_utils.py `_rebuild_*` (2.13).


def odd_tensor(spec: TensorSpec) -> Any:
    """A CPU tensor (on meta for the form 'meta') of the shape, dtype and form of `spec`.

    Its values are whatever memory holds; sparse ones have no element, nested ones one element or
    none. Of a wrapper class only the file's own program knows what its tensors do: the stand-in
    raises NotImplementedError at whatever is done with it.

    Raises:
        KeyError: a form that is not one of `TensorSpec.form`.
        AttributeError: a dtype that this torch does not have.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # some forms are said to be in beta or deprecated
        return _MAKERS[spec.form](spec, getattr(torch, spec.dtype))


def _strided(spec: TensorSpec, dtype: Any, device: str = 'cpu') -> Any:
    import torch

    return torch.empty_strided(spec.shape, spec.strides, dtype=dtype, device=device)


def _meta(spec: TensorSpec, dtype: Any) -> Any:
    return _strided(spec, dtype, 'meta')


def _conjugate(spec: TensorSpec, dtype: Any) -> Any:
    return _strided(spec, dtype).conj()


def _negative(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    return torch._neg_view(_strided(spec, dtype))


def _both(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    return torch._neg_view(_conjugate(spec, dtype))


def _subclass(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    class OfTheFile(torch.Tensor):  # type: ignore[misc]
        """Stands for the class that the file names."""

    return _strided(spec, dtype).as_subclass(OfTheFile)


def _wrapper(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    class OfTheFile(torch.Tensor):  # type: ignore[misc]
        """Stands for the class that the file names."""

        @classmethod
        def __torch_dispatch__(
            cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            raise NotImplementedError(f'{function} of a tensor whose class only the file knows')

    return torch.Tensor._make_wrapper_subclass(OfTheFile, spec.shape, dtype=dtype)


def _quantized(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    return torch._empty_affine_quantized(spec.shape, scale=1.0, zero_point=0, dtype=dtype)


def _quantized_channels(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    channels = spec.shape[0] if spec.shape else 0
    return torch._empty_per_channel_affine_quantized(
        spec.shape,
        scales=torch.ones(channels, dtype=torch.float64),
        zero_points=torch.zeros(channels, dtype=torch.int64),
        axis=0,
        dtype=dtype,
    )


def _coordinates(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    places = torch.empty((len(spec.shape), 0), dtype=torch.int64)
    return torch.sparse_coo_tensor(places, torch.empty(0, dtype=dtype), spec.shape)


def _compressed(spec: TensorSpec, dtype: Any) -> Any:
    """Rows or columns: any dimensions before the last two are a batch."""
    import torch

    *batch, rows, columns = spec.shape
    lines = rows if spec.form in ('sparse_csr', 'sparse_bsr') else columns
    block = (1, 1) if spec.form in ('sparse_bsr', 'sparse_bsc') else ()
    return torch.sparse_compressed_tensor(
        torch.zeros((*batch, lines + 1), dtype=torch.int64),
        torch.empty((*batch, 0), dtype=torch.int64),
        torch.empty((*batch, 0, *block), dtype=dtype),
        spec.shape,
        layout=getattr(torch, spec.form),
    )


def _nested(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    return torch.nested.nested_tensor([torch.empty((1, 1), dtype=dtype)], dtype=dtype)


def _jagged(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    rows = torch.empty((1, *spec.shape[1:]), dtype=dtype)
    return torch.nested.nested_tensor([rows], dtype=dtype, layout=torch.jagged)


_MAKERS: Dict[str, Callable[[TensorSpec, Any], Any]] = {
    '': _strided,
    'packed': _strided,
    'subclass': _subclass,
    'conjugate': _conjugate,
    'negative': _negative,
    'conjugate negative': _both,
    'quantized': _quantized,
    'quantized_channels': _quantized_channels,
    'sparse_coo': _coordinates,
    'sparse_csr': _compressed,
    'sparse_csc': _compressed,
    'sparse_bsr': _compressed,
    'sparse_bsc': _compressed,
    'nested': _nested,
    'nested_jagged': _jagged,
    'meta': _meta,
    'wrapper': _wrapper,
}
FORMS = tuple(_MAKERS)


MOST_NAMES = 4  # of one mapping


class InertObject:
    """Stands for an object of the file that is no tensor and no plain value."""


def replay(value: Value, device: str = 'meta', storages: Optional[Dict[str, Any]] = None) -> Any:
    """What torch.load would return; tensors are on 'meta', or uninitialised on the CPU.

    Odd ones (`TensorSpec.form`) are where their form can be.

    Args:
        value: of a header.
        device: 'meta' or 'cpu'.
        storages: {name in the file: storage}, filled here: tensors that share one in the file do
            so. None where there is no such file: each has its own.
    """
    if isinstance(value, TensorSpec):
        return blank(value, device, storages)
    if isinstance(value, FileDict):
        return _mapping(value, device, storages)
    if isinstance(value, Listing):
        items = [replay(item, device, storages) for item in value.items]
        return tuple(items) if value.kind == 'tuple' else items
    return value.value if isinstance(value, Scalar) else InertObject()


def _mapping(value: FileDict, device: str, storages: Optional[Dict[str, Any]]) -> Any:
    odd = {at: InertObject() if key is ... else key for at, key in value.odd_keys}
    pairs = [
        (odd.get(at, key), replay(item, device, storages))
        for at, (key, item) in enumerate(value.entries)
    ]
    result: Any = OrderedDict(pairs) if value.ordered else dict(pairs)
    if value.metadata_versions is not None:
        # Layers read it while they are filled: batch norm asks its version for the counter.
        result._metadata = OrderedDict(
            (module, {} if version is None else {'version': version})
            for module, version in value.metadata_versions
        )
    return result


def blank(spec: TensorSpec, device: str, storages: Optional[Dict[str, Any]] = None) -> Any:
    """A tensor of the same shape, strides, dtype and form; `storages` as in `replay`."""
    import torch

    if spec.form:
        return odd_tensor(spec)
    dtype = getattr(torch, spec.dtype)
    if storages is None or spec.storage is None or not hasattr(torch.Tensor, 'untyped_storage'):
        return _strided(spec, dtype, device)
    name, count = spec.storage.name, spec.storage.byte_count
    if name not in storages:
        storages[name] = torch.UntypedStorage(count, device=device)
    made = torch.empty(0, dtype=dtype, device=device)
    return made.set_(storages[name], spec.storage_offset, spec.shape, spec.strides)


def on_cpu(value: Any) -> Any:
    """A loaded object with every tensor on 'meta' replaced by an uninitialised one, in place.

    What shares a storage there shares one here.
    """
    import torch

    known: Dict[int, Any] = {}
    items = list(_items(value, set()))  # all are kept: none takes the address of another
    for container, name, item in items:
        if isinstance(item, torch.Tensor) and item.device.type == 'meta':
            container[name] = _placed(item, known, 'cpu')
    return value


def another(value: Any, known: Dict[int, Any]) -> Any:
    """What torch.load would make on 'meta' once more of the same file: nothing of it is shared.

    Args:
        value: that it has made.
        known: {id of an object, address of a storage: its counterpart}; what stands at two places
            stays one.

    Raises:
        TypeError: there is more in it than plain tensors, dicts and values.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if id(value) not in known:
        if kind in (dict, OrderedDict):
            made = kind((key, another(item, known)) for key, item in value.items())
            if kind is OrderedDict:  # the `_metadata` of a state dict
                vars(made).update(copy.deepcopy(vars(value)))
        else:
            made = _tensor_like(value, known)
        known[id(value)] = made
    return known[id(value)]


def _tensor_like(tensor: Any, known: Dict[int, Any]) -> Any:
    import torch

    if type(tensor) is not torch.Tensor or not tensor.is_meta or tensor.layout != torch.strided:
        raise TypeError(type(tensor))
    return _placed(tensor, known, 'meta')


def _placed(tensor: Any, known: Dict[int, Any], device: str) -> Any:
    """One of the same shape and dtype, at the same place of the counterpart of its storage."""
    import torch

    if not hasattr(tensor, 'untyped_storage'):  # torch before 2.0
        return torch.empty_strided(
            tensor.size(), tensor.stride(), dtype=tensor.dtype, device=device
        )
    storage = tensor.untyped_storage()
    if storage._cdata not in known:
        known[storage._cdata] = torch.UntypedStorage(storage.nbytes(), device=device)
    made = torch.empty(0, dtype=tensor.dtype, device=device)
    place = (tensor.storage_offset(), tensor.size(), tensor.stride())
    made.set_(known[storage._cdata], *place)
    return made.requires_grad_(tensor.requires_grad)


def fill(value: Any, filling: str) -> None:
    """Give the floating-point tensors of a loaded object values: 'zeros', 'random' or 'nan'."""
    import torch

    for _, _, tensor in named_tensors(value):
        plain = tensor.layout == torch.strided and tensor.device.type == 'cpu'
        if plain and tensor.is_floating_point() and not tensor.is_quantized:
            with torch.no_grad():
                if filling == 'random':
                    tensor.copy_(torch.randn(tensor.shape, device='cpu'))
                else:
                    tensor.fill_(0.0 if filling == 'zeros' else float('nan'))


def named_tensors(value: Any) -> Iterator[Tuple[str, str, Any]]:
    """(dotted name of the mapping, name in it, tensor) of every tensor of a loaded object."""
    import torch

    if isinstance(value, torch.Tensor):
        yield '', '', value
    for place, mapping in mappings(value):
        for key, item in mapping.items():
            if isinstance(item, torch.Tensor):
                yield place, str(key), item


def mappings(value: Any) -> Iterator[Tuple[str, Any]]:
    """(dotted name, mapping) of every mapping of a loaded object; '' is its root.

    One that stands in several places has several names, but not more than a few: references to
    references would unfold without end.
    """
    yield from _mappings(value, '', Counter())


def _mappings(value: Any, name: str, seen: Counter[int]) -> Iterator[Tuple[str, Any]]:
    if not isinstance(value, (dict, list, tuple)) or seen[id(value)] >= MOST_NAMES:
        return
    seen[id(value)] += 1
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
    if isinstance(value, dict):
        yield name, value
    for key, item in pairs:
        if isinstance(item, (dict, list, tuple)):
            yield from _mappings(item, f'{name}.{key}' if name else str(key), seen)


def _items(value: Any, seen: Set[int]) -> Iterator[Tuple[Any, Any, Any]]:
    """(container, key, item) of everything in containers that can be changed."""
    if not isinstance(value, (dict, list, tuple)) or id(value) in seen:
        return
    seen.add(id(value))
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if not isinstance(value, tuple):
            yield value, key, item
        yield from _items(item, seen)
