"""Build networks with the framework's own builder, without memory for their weights."""

from __future__ import annotations

import contextlib
import copy
import difflib
import inspect
import re
from contextlib import contextmanager, nullcontext
from typing import Any, Callable, Dict, Iterator, List, Tuple

from basicsr_weightcheck.records.tensors import NetworkSpec
from basicsr_weightcheck.rehearsal.harmless import gpu_in_view
from basicsr_weightcheck.rehearsal.import_framework import Imported

RUNGS = ('meta', 'meta+cpu', 'cpu')
Facts = Tuple[Tuple[str, str], ...]


class BuildFailed(BaseException):
    """Ends a rehearsal: the network cannot be built.

    A BaseException, so that a model's own `except Exception` does not swallow it.
    """

    def __init__(self, failure: str, error: BaseException, facts: Facts) -> None:
        super().__init__(failure)
        self.failure = failure
        self.error = error
        self.facts = facts


def build_weightless(
    imported: Imported, section: Dict[str, Any], device: str = 'meta', *, with_gpu: bool = False
) -> Tuple[Any, str]:
    """Return (network, the rung of the ladder that built it).

    Args:
        imported: the framework.
        section: of the YAML.
        device: 'cpu' builds it in memory at once.
        with_gpu: the constructor is told that there is a GPU, unless it then wants to use it.

    Raises:
        BuildFailed: the network cannot be built on the CPU either; says why.
    """
    if with_gpu:
        with contextlib.suppress(BuildFailed), gpu_in_view():
            return build_weightless(imported, section, device)
    for rung in RUNGS if device == 'meta' else RUNGS[-1:]:
        try:
            with _device(rung):
                return imported.builder(copy.deepcopy(section)), rung  # type: ignore[misc]
        except Exception as error:  # an arch may raise anything; the last rung is the real build
            if rung == RUNGS[-1]:
                raise _classify(imported, section, error) from error
    raise AssertionError('the last rung returns or raises')


def to_meta(network: Any) -> None:
    """Move what was built for real to 'meta', so that loads copy nothing."""
    import torch

    move = torch.Tensor.__mro__[1].to  # type: ignore[attr-defined, unused-ignore]
    network._apply(lambda tensor: move(tensor, 'meta'))  # Tensor's own `to` may be replaced


def without_weights(section: Dict[str, Any]) -> Dict[str, Any]:
    """The section without the paths of weights that the network loads itself."""
    return {
        name: None if isinstance(value, str) and name.endswith('_path') else value
        for name, value in section.items()
    }


def namesake(imported: Imported, network: Any, spec: NetworkSpec) -> str:
    """Qualified name of another class that the registry has for this type, '' without one.

    Source: basicsr 1.4.2 utils/registry.py `Registry.get` tries '<name>_basicsr' last.
    """
    other = f'{spec.network_type}_basicsr'
    if imported.registry is None or other not in imported.registry:
        return ''
    found = imported.registry.get(other)
    return '' if found is type(network) else f'{found.__module__}.{found.__qualname__}'


@contextmanager
def _device(rung: str) -> Iterator[None]:
    import torch

    if rung == 'cpu':
        with torch.device('cpu') if hasattr(torch.device, '__enter__') else nullcontext():
            yield
        return
    with torch.device('meta'):
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
    text = str(error)
    network_type = str(section.get('type', ''))
    if 'type' not in section:
        return BuildFailed('network-options', error, (('argument', 'type'),))
    if re.search(r'No object named|is not found', text) and network_type in text:
        known = known_networks(imported)
        near = difflib.get_close_matches(network_type, known, 3, 0.5)
        facts = (('nearest', ', '.join(near)), ('searched', _searched(imported)))
        return BuildFailed('unknown-network', error, facts)
    argument = re.search(r"unexpected keyword argument '(\w+)'", text)
    if isinstance(error, TypeError) and argument:
        near = difflib.get_close_matches(
            argument.group(1), _parameters(imported, network_type), 1, 0.5
        )
        facts = (('argument', argument.group(1)), ('nearest', ', '.join(near)))
        return BuildFailed('network-options', error, facts)
    return BuildFailed('network-build', error, ())


def known_networks(imported: Imported) -> List[str]:
    """Names that `type:` may have, sorted."""
    if imported.registry is not None:
        names = [str(name) for name in imported.registry.keys()]
        return sorted(
            name[: -len('_basicsr')] if name.endswith('_basicsr') else name for name in names
        )
    return sorted({name for module in _arch_modules(imported) for name in _classes(module)})


def _searched(imported: Imported) -> str:
    if imported.registry is not None:
        places = [f'{imported.framework.name}.archs']
        places += [f'{name}.archs' for name, _ in imported.framework.plugins]
        return ', '.join(places)
    return f'{imported.framework.name}.models.archs'


def _parameters(imported: Imported, network_type: str) -> List[str]:
    try:
        if imported.registry is not None:
            network_class = imported.registry.get(network_type)
        else:
            network_class = next(
                getattr(m, network_type)
                for m in _arch_modules(imported)
                if hasattr(m, network_type)
            )
        return list(inspect.signature(network_class).parameters)
    except (KeyError, StopIteration, ValueError, TypeError):
        return []


def _arch_modules(imported: Imported) -> List[Any]:
    import sys

    start = f'{imported.framework.name}.models.archs.'
    return [m for name, m in sorted(sys.modules.items()) if name.startswith(start)]


def _classes(module: Any) -> List[str]:
    import torch

    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, torch.nn.Module)
    ]
