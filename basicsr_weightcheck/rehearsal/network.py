"""Build networks with the framework's own builder, weightless, and describe them."""

from __future__ import annotations

import contextlib
import copy
import difflib
import functools
import hashlib
import inspect
import re
from contextlib import contextmanager, nullcontext
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.records.sources import shown_value
from basicsr_weightcheck.records.tensors import ModuleSpec, NetworkSpec, TensorSpec
from basicsr_weightcheck.rehearsal.harmless import gpu_in_view, plain_functions
from basicsr_weightcheck.rehearsal.import_framework import Imported

RUNGS = ('meta', 'meta+cpu', 'cpu')
FailureFacts = Tuple[Tuple[str, str], ...]
NETWORK_NAMES = ('net', 'network', 'model')  # of an argument that is one


class Call(NamedTuple):
    """A call of a function that builds a network.

    Attributes:
        builder: the framework's own function.
        args, kwargs: as it was called.
        section: options of the network that is asked for.
    """

    builder: Callable[..., Any]
    args: Tuple[Any, ...]
    kwargs: Dict[str, Any]
    section: Dict[str, Any]

    @property
    def given(self) -> Any:
        """The first argument: the section, or options that have it."""
        return self.args[0] if self.args else next(iter(self.kwargs.values()))

    def with_given(self, given: Any) -> Call:
        """The same call with another first argument."""
        if self.args:
            return self._replace(args=(given, *self.args[1:]))
        return self._replace(kwargs={**self.kwargs, next(iter(self.kwargs)): given})


class BuildFailed(BaseException):
    """Ends a rehearsal: the network cannot be built.

    A BaseException, so that a model's own `except Exception` does not swallow it.
    """

    def __init__(self, failure: str, error: BaseException, facts: FailureFacts) -> None:
        super().__init__(failure)
        self.failure = failure
        self.error = error
        self.facts = facts


def build_weightless(
    imported: Imported, call: Call, device: str = 'meta', *, with_gpu: bool = False
) -> Tuple[Any, str]:
    """Return (network, the rung of the ladder that built it).

    Args:
        device: 'cpu' builds it in memory at once.
        with_gpu: the constructor is told that there is a GPU, unless it then wants to use it.

    Raises:
        BuildFailed: the network cannot be built on the CPU either; says why.
    """
    if with_gpu:
        with contextlib.suppress(BuildFailed), gpu_in_view():
            return build_weightless(imported, call, device)
    for rung in RUNGS if device == 'meta' else RUNGS[-1:]:
        try:
            with _device(rung):
                args, kwargs = copy.deepcopy((call.args, call.kwargs))
                return call.builder(*args, **kwargs), rung
        except Exception as error:  # an arch may raise anything; the last rung is the real build
            if rung == RUNGS[-1]:
                raise _classify(imported, call.section, error) from error
    raise AssertionError('the last rung returns or raises')


def to_meta(network: Any) -> None:
    """Move what was built for real to 'meta', so that loads copy nothing."""
    import torch

    move = torch.Tensor.__mro__[1].to  # type: ignore[attr-defined, unused-ignore]
    with plain_functions():  # Tensor's own `to` is replaced
        if not all(one.is_meta for one in (*network.parameters(), *network.buffers())):
            network._apply(lambda tensor: move(tensor, 'meta'))


def without_weights(section: Dict[str, Any]) -> Dict[str, Any]:
    """The section without the paths of weights that the network loads itself."""
    return {
        name: None if isinstance(value, str) and name.endswith('_path') else value
        for name, value in section.items()
    }


@contextmanager
def _device(rung: str) -> Iterator[None]:
    import torch

    if rung == 'cpu':
        with torch.device('cpu') if hasattr(torch.device, '__enter__') else nullcontext():
            yield
        return
    # A second `torch.device('meta')` would be asked, before all others, for whatever is done.
    in_view = torch.empty(0).is_meta
    with nullcontext() if in_view else torch.device('meta'):
        if rung == 'meta':
            yield
        else:
            with _values_on_cpu():
                yield


def _values_on_cpu() -> Any:
    """A mode that makes real values of what constructors compute with (`x.item()`)."""
    import torch
    from torch.overrides import TorchFunctionMode

    factories = (torch.linspace, torch.arange, torch.tensor)

    class ValuesOnCpu(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __torch_function__(
            self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            kwargs = dict(kwargs or {})
            if function in factories:
                kwargs['device'] = 'cpu'
            return function(*args, **kwargs)

    return ValuesOnCpu()


def _classify(imported: Imported, section: Dict[str, Any], error: Exception) -> BuildFailed:
    dialect, parts = imported.dialect, imported.parts
    text = str(error)
    network_type = str(section.get(dialect.type_key, ''))
    if dialect.type_key not in section:
        return BuildFailed('network-options', error, (('argument', dialect.type_key),))
    if re.search(r'No object named|is not found', text) and network_type in text:
        near = difflib.get_close_matches(network_type, dialect.known_networks(parts), 3, 0.5)
        searched = dialect.searched(imported.framework)
        facts = (('nearest', ', '.join(near)), ('searched', searched))
        return BuildFailed('unknown-network', error, facts)
    argument = re.search(r"unexpected keyword argument '(\w+)'", text)
    if isinstance(error, TypeError) and argument:
        known = _parameters(dialect.network_class(parts, network_type))
        near = difflib.get_close_matches(argument.group(1), known, 1, 0.5)
        facts = (('argument', argument.group(1)), ('nearest', ', '.join(near)))
        return BuildFailed('network-options', error, facts)
    return BuildFailed('network-build', error, ())


def _parameters(network_class: Any) -> List[str]:
    try:
        return list(inspect.signature(network_class).parameters)
    except (ValueError, TypeError):
        return []


# What a built network expects, as a record.

LISTED = 16  # items of a list that are looked at


def describe_network(
    network: Any, network_type: str, built_on: str, like: Optional[NetworkSpec] = None
) -> NetworkSpec:
    """Return keys, shapes, dtypes and origin of a network (torch.nn.Module).

    Tensors that have no shape yet are left out. `like` is that of another network which the same
    section has asked for: an average is most often that again.
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
    told = (network_type, tensors, _qualified(network_class), built_on)
    if like and told == (like.network_type, like.tensors, like.class_name, like.built_on):
        return like
    path, digest = _source(network_class)
    return NetworkSpec(
        network_type=network_type,
        tensors=tensors,
        aliases=_aliases(state),
        class_name=told[2],
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
    if type(value) is tuple and {*map(type, value)} == {int}:  # told apart: True equals 1
        return _sizes(value)
    if isinstance(value, (list, tuple)):
        items = [*map(_plain, value[:LISTED])]
        return (shown_value([item for (item,) in items]),) if all(items) else ()
    if isinstance(value, type) or inspect.isroutine(value):
        return (_qualified(value),)
    return ()


@functools.lru_cache(maxsize=256)
def _sizes(value: Tuple[int, ...]) -> Tuple[str, ...]:
    return (shown_value(value[:LISTED]),)


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


# What a network and what loads one are told by.


def bare_network(network: Any) -> Any:
    """What DataParallel or DistributedDataParallel wraps."""
    import torch

    wrappers = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
    return network.module if isinstance(network, wrappers) else network


def wrapped_network(network: Any) -> Any:
    """What torch.compile or an AveragedModel wraps, or the network itself."""
    place = type(network).__module__
    if not place.startswith('torch.') or place.startswith('torch.nn.'):
        return network
    inner = list(network.children())
    return wrapped_network(inner[0]) if len(inner) == 1 else network


def is_loading_method(name: str, function: Any) -> bool:
    """By its name it loads something, and it is given a network and a path."""
    if 'load' not in name or not inspect.isfunction(function):
        return False
    names = inspect.signature(function).parameters
    return any(name in names for name in NETWORK_NAMES) and any(n.endswith('path') for n in names)
