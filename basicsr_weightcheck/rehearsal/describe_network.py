"""What a built network expects, as a record."""

from __future__ import annotations

import functools
import hashlib
import inspect
from typing import Any, Dict, List, Tuple

from basicsr_weightcheck.records.provenance import shown_value
from basicsr_weightcheck.records.tensors import ModuleSpec, NetworkSpec, TensorSpec

LISTED = 16  # items of a list that are looked at


def describe_network(network: Any, network_type: str, built_on: str) -> NetworkSpec:
    """Return keys, shapes, dtypes and origin of a network (torch.nn.Module).

    Tensors that have no shape yet are left out.
    """
    import torch

    state = network.state_dict(keep_vars=True)
    tensors = tuple(
        TensorSpec(
            key,
            tuple(value.shape),
            str(value.dtype).replace('torch.', ''),
            is_parameter=isinstance(value, torch.nn.Parameter),
        )
        for key, value in state.items()
        if has_shape(value)
    )
    network_class: Any = type(network)
    path, digest = _source(network_class)
    return NetworkSpec(
        network_type=network_type,
        tensors=tensors,
        aliases=_aliases(state),
        class_name=_qualified(network_class),
        source_path=path,
        source_sha256=digest,
        built_on=built_on,
        defaults=_defaults(network_class),
        trained=sum(one.requires_grad for one in network.parameters()),
        modules=_modules(network),
    )


def has_shape(value: Any) -> bool:
    """It is a tensor, and not one of a lazy module before its first pass, which has no shape."""
    import torch

    is_lazy = getattr(torch.nn.parameter, 'is_lazy', None)  # from torch 1.8 on
    return isinstance(value, torch.Tensor) and not (is_lazy is not None and is_lazy(value))


def _modules(network: Any) -> Tuple[ModuleSpec, ...]:
    known: Dict[Any, Any] = {}  # equal attributes are one object: they are sent once
    specs = []
    for path, module in network.named_modules():
        attributes = tuple(
            (name, text)
            for name, value in vars(module).items()
            if not name.startswith('_') and name != 'training'
            for text in _plain(value)
        )
        attributes = known.setdefault(attributes, attributes)
        specs.append(ModuleSpec(path, _qualified(type(module)), attributes))
    return tuple(specs)


def _plain(value: Any) -> Tuple[str, ...]:
    """A plain value as text, () for anything else."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return (shown_value(value),)
    if isinstance(value, (list, tuple)):
        items = [_plain(item) for item in value[:LISTED]]
        return (shown_value([item for (item,) in items]),) if all(items) else ()
    if isinstance(value, type) or inspect.isroutine(value):
        return (_qualified(value),)
    return ()


def _qualified(named: Any) -> str:
    module, name = getattr(named, '__module__', None), getattr(named, '__qualname__', '')
    return f'{module}.{name}' if module else str(name)


def _defaults(network_class: type) -> Tuple[Tuple[str, str], ...]:
    try:
        parameters = inspect.signature(network_class).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(
        (one.name, shown_value(one.default))
        for one in parameters
        if one.default is not inspect.Parameter.empty
    )


def _aliases(state: Dict[str, Any]) -> Tuple[Tuple[str, ...], ...]:
    groups: Dict[int, List[str]] = {}
    for key, value in state.items():
        groups.setdefault(id(value), []).append(key)
    return tuple(tuple(keys) for keys in groups.values() if len(keys) > 1)


@functools.lru_cache(maxsize=64)
def _source(network_class: type) -> Tuple[str, str]:
    try:
        path = inspect.getsourcefile(network_class) or ''
        source = inspect.getsource(network_class)
    except (OSError, TypeError):
        return '', ''
    return path, hashlib.sha256(source.encode('utf-8')).hexdigest()
