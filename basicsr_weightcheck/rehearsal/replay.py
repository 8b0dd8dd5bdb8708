"""The object that a header describes, with tensors that hold nothing of the file."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any, Iterator, Set, Tuple

from basicsr_weightcheck.records.tensors import Listing, Mapping, Scalar, TensorSpec, Value
from basicsr_weightcheck.rehearsal.odd_tensors import odd_tensor

MOST_NAMES = 4  # of one mapping


class InertObject:
    """Stands for an object of the file that is no tensor and no plain value."""


def replay(value: Value, device: str = 'meta') -> Any:
    """What torch.load would return; tensors are on 'meta', or uninitialised on the CPU.

    Odd ones (`TensorSpec.form`) are where their form can be.
    """
    if isinstance(value, TensorSpec):
        return blank(value, device)
    if isinstance(value, Mapping):
        return _mapping(value, device)
    if isinstance(value, Listing):
        items = [replay(item, device) for item in value.items]
        return tuple(items) if value.kind == 'tuple' else items
    return value.value if isinstance(value, Scalar) else InertObject()


def _mapping(value: Mapping, device: str) -> Any:
    odd = {at: InertObject() if key is ... else key for at, key in value.odd_keys}
    pairs = [
        (odd.get(at, key), replay(item, device)) for at, (key, item) in enumerate(value.entries)
    ]
    result: Any = OrderedDict(pairs) if value.ordered else dict(pairs)
    if value.metadata_versions is not None:
        # Layers read it while they are filled: batch norm asks its version for the counter.
        result._metadata = OrderedDict(
            (module, {} if version is None else {'version': version})
            for module, version in value.metadata_versions
        )
    return result


def blank(spec: TensorSpec, device: str) -> Any:
    """A tensor of the same shape, strides, dtype and form."""
    import torch

    if spec.form:
        return odd_tensor(spec)
    dtype = getattr(torch, spec.dtype)
    if spec.stride is None:
        return torch.empty(spec.shape, dtype=dtype, device=device)
    return torch.empty_strided(spec.shape, spec.stride, dtype=dtype, device=device)


def on_cpu(value: Any) -> Any:
    """A loaded object with every tensor on 'meta' replaced by an uninitialised one, in place."""
    import torch

    for container, name, item in _items(value, set()):
        if isinstance(item, torch.Tensor) and item.device.type == 'meta':
            container[name] = torch.empty_strided(
                item.size(), item.stride(), dtype=item.dtype, device='cpu'
            )
    return value


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
