"""Run a network of a training once without leaving a trace in the training."""

from __future__ import annotations

import random
import sys
import warnings
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Iterator, List, Tuple

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.look.attributes import Attributes
from basicsr_weightcheck.messages.lookup import phrase

HARMLESS_HOOKS = 'torch.nn.utils.'  # spectral and weight normalization
SHARDED = 'torch.distributed.'  # a forward of these talks to the other processes


@contextmanager
def untouched(network: Any) -> Iterator[None]:
    """The body may run `network` (bare) in eval mode, without gradients; all is put back then.

    Put back are the random states of Python, numpy and torch, every plain attribute of every
    module (flags, caches, counters; lists, dicts and sets one level deep), buffers and frozen
    parameters by value, other parameters by storage, autocast, grad mode and cuDNN's search.

    Raises:
        NotLookedAt: the network has hooks of somebody, or its forward needs all processes.
    """
    import torch

    _refuse(network)
    modules = list(network.modules())
    place = next((one.device for one in network.parameters()), torch.device('cpu'))
    with ExitStack() as stack:
        for put_back in _random_states(place):
            stack.callback(put_back)
        stack.callback(_put_back_all, [Attributes(one) for one in modules if _is_plain(one)])
        stack.callback(_put_back_flags, [(one, one.training) for one in modules])
        stack.callback(_put_back_tensors, _tensors(network))
        stack.callback(setattr, torch.backends.cudnn, 'benchmark', torch.backends.cudnn.benchmark)
        torch.backends.cudnn.benchmark = False  # no search for a shape that does not come again
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter('ignore')  # one that is shown once would not be shown in the training
        stack.enter_context(torch.no_grad())
        if hasattr(torch, 'autocast'):
            stack.enter_context(torch.autocast(place.type, enabled=False))
        for one in modules:
            # Not `eval()`, which networks override: some merge their branches there.
            one.training = False
            vars(one).pop('_compiled_call_impl', None)  # of Module.compile: it would compile again
        yield


def _is_plain(module: Any) -> bool:
    import torch

    return not isinstance(module, torch.jit.ScriptModule)


def _refuse(network: Any) -> None:
    from torch.nn.modules import module as registry

    members = [*network.modules(), *network.parameters()]
    if any(type(one).__module__.startswith(SHARDED) for one in members):
        raise NotLookedAt(phrase('look-spread'))
    owners = [(registry, '_global_forward_pre_hooks'), (registry, '_global_forward_hooks')]
    for one in network.modules():
        owners += [(one, '_forward_pre_hooks'), (one, '_forward_hooks')]
    for owner, name in owners:
        for hook in (getattr(owner, name, None) or {}).values():
            if not _module_of(hook).startswith(HARMLESS_HOOKS):
                raise NotLookedAt(phrase('look-hooks', name=_module_of(hook)[:-1]))


def _module_of(hook: Any) -> str:
    return str(getattr(hook, '__module__', None) or type(hook).__module__) + '.'


def _random_states(place: Any) -> Iterator[Callable[[], None]]:
    """What sets each random state to what it is now."""
    import torch

    python, main = random.getstate(), torch.get_rng_state()
    yield lambda: random.setstate(python)
    yield lambda: torch.set_rng_state(main)
    numpy = sys.modules.get('numpy')
    if numpy is not None:
        legacy = numpy.random.get_state()
        yield lambda: numpy.random.set_state(legacy)
    if place.type == 'cuda':
        device = torch.cuda.get_rng_state(place)
        yield lambda: torch.cuda.set_rng_state(device, place)


def _tensors(network: Any) -> List[Tuple[Any, Any, Any]]:
    """(tensor, its data, its values) of parameters and buffers; values of trained ones are None."""
    kept = []
    for tensor in (*network.parameters(), *network.buffers()):
        values = None if tensor.requires_grad else tensor.detach().clone()
        kept.append((tensor, tensor.data, values))
    return kept


def _put_back_tensors(kept: List[Tuple[Any, Any, Any]]) -> None:
    import torch

    for tensor, data, values in kept:
        if tensor.data_ptr() != data.data_ptr():
            tensor.data = data
        if values is not None and not torch.equal(data, values):
            with torch.no_grad():
                data.copy_(values)


def _put_back_all(attributes: List[Attributes]) -> None:
    for one in attributes:
        one.put_back()


def _put_back_flags(flags: List[Tuple[Any, bool]]) -> None:
    for module, training in flags:
        if module.training is not training:
            module.training = training
