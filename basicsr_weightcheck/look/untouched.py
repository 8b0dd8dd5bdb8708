"""Run a network of a training once without leaving a trace in the training."""

from __future__ import annotations

import copy
import functools
import random
import sys
import warnings
from contextlib import ExitStack, contextmanager
from types import FunctionType, MethodType
from typing import Any, Callable, Dict, Iterator, Optional, Set

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.messages.lookup import phrase

# The random states of this process, to be put back: nothing of ours may change what comes next.


@contextmanager
def random_states_kept() -> Iterator[None]:
    """The body may draw random numbers: Python's, numpy's and torch's stand as they stood then.

    Generators that somebody made for himself are not known here.
    """
    with ExitStack() as stack:
        for put_back in _random_states():
            stack.callback(put_back)
        yield


def _random_states() -> Iterator[Callable[[], Any]]:
    """What sets each random state to what it is now."""
    import torch

    python, main = random.getstate(), torch.get_rng_state()
    yield lambda: random.setstate(python)
    yield lambda: torch.set_rng_state(main)
    numpy = sys.modules.get('numpy')
    if numpy is not None:
        legacy = numpy.random.get_state()
        yield lambda: numpy.random.set_state(legacy)
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # never the first to wake it
        devices = torch.cuda.get_rng_state_all()
        yield lambda: torch.cuda.set_rng_state_all(devices)


HARMLESS_HOOKS = 'torch.nn.utils.'  # spectral and weight normalization
SHARDED = 'torch.distributed.'  # a forward of these talks to the other processes


@contextmanager
def untouched(network: Any) -> Iterator[Any]:
    """Yield a copy of `network` (bare) to run in eval mode, without gradients.

    Whatever hangs on the network is copied with it: parameters, buffers, counters, caches,
    generators and other objects. Kept besides are the random states of Python, numpy and torch,
    autocast, grad mode and cuDNN's search. Shared with the network stay its classes and modules of
    Python: a counter that its forward keeps there does count.

    Raises:
        NotLookedAt: the network has hooks of somebody, its forward needs all processes, it cannot
            be copied, or not without parts that both would share, or there is no memory for it.
    """
    import torch

    _refuse(network)
    place = next((one.device for one in network.parameters()), torch.device('cpu'))
    with ExitStack() as stack:
        stack.enter_context(random_states_kept())
        stack.callback(setattr, torch.backends.cudnn, 'benchmark', torch.backends.cudnn.benchmark)
        torch.backends.cudnn.benchmark = False  # no search for a shape that does not come again
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter('ignore')  # one that is shown once would not be shown in the training
        stack.enter_context(torch.no_grad())
        if hasattr(torch, 'autocast'):
            stack.enter_context(torch.autocast(place.type, enabled=False))
        twin = _copied(network, place)
        for one in twin.modules():
            # Not `eval()`, which networks override: some merge their branches there.
            one.training = False
            vars(one).pop('_compiled_call_impl', None)  # of Module.compile: it would compile again
        yield twin


def _copied(network: Any, place: Any) -> Any:
    """The network once more, with nothing that a pass of the one could change in the other."""

    tensors = _tensors(network)
    _refuse_large(tensors, place)
    memo = {id(one): one.detach().clone() for one in _computed(network)}
    try:
        twin = copy.deepcopy(network, memo)
    except Exception as error:  # whatever copying an object of the user's may raise
        reason = f'{type(error).__name__}: {error}'[:200]
        raise NotLookedAt(phrase('look-not-copied', reason=reason)) from error
    modules = list(twin.modules())
    shared = {id(one) for one in network.modules()} & {id(one) for one in modules}
    if shared or tensors.keys() & _tensors(twin).keys() or any(map(_reaches_back, modules)):
        raise NotLookedAt(phrase('look-not-apart'))
    return twin


def _computed(network: Any) -> Iterator[Any]:
    """Tensors out of other tensors, with their graph: weight normalization keeps such.

    Source: torch/_tensor.py `Tensor.__deepcopy__` refuses them.
    """
    import torch

    for module in network.modules():
        for one in vars(module).values():
            if isinstance(one, torch.Tensor) and not one.is_leaf:
                yield one


def _refuse_large(tensors: Dict[int, Any], place: Any) -> None:
    """Raise NotLookedAt where the copy, and a pass of it, may not fit in memory."""
    needed, free = sum(one.numel() * one.element_size() for one in tensors.values()), _free(place)
    if free is not None and 2 * needed > free:
        raise NotLookedAt(phrase('look-no-memory', mib=f'{needed >> 20}'))


def _tensors(network: Any) -> Dict[int, Any]:
    """{address: one that is there} of parameters and buffers that have a place in memory."""
    both = (*network.parameters(), *network.buffers())
    return {one.data_ptr(): one for one in both if one.data_ptr()}


def _free(place: Any) -> Optional[int]:
    """Bytes that can be had there; None where that is not known."""
    import torch

    if place.type == 'cuda':
        held = torch.cuda.memory_reserved(place) - torch.cuda.memory_allocated(place)
        return int(torch.cuda.mem_get_info(place)[0] + held)
    try:
        with open('/proc/meminfo', encoding='ascii') as lines:
            found = [line.split()[1] for line in lines if line.startswith('MemAvailable:')]
    except OSError:  # there is none where the system is not Linux
        return None
    return int(found[0]) * 1024 if found else None


def _reaches_back(module: Any) -> bool:
    """A function that the copy holds is bound to a module: functions are not copied, so to another.

    A bound method is copied with its object, one that a function encloses is not.
    """
    return any(_encloses(one, set()) for one in vars(module).values())


def _encloses(value: Any, seen: Set[int]) -> bool:
    import torch

    if isinstance(value, functools.partial):
        value = value.func
    if not isinstance(value, FunctionType) or id(value) in seen:
        return False
    seen.add(id(value))
    for cell in value.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        owner = held.__self__ if isinstance(held, MethodType) else held
        if isinstance(owner, (torch.nn.Module, torch.Tensor)) or _encloses(held, seen):
            return True
    return False


def refuse_spread(network: Any) -> None:
    """Raise NotLookedAt where whoever looks at a parameter has to wait for other processes."""
    members = [*network.modules(), *network.parameters()]
    if any(type(one).__module__.startswith(SHARDED) for one in members):
        raise NotLookedAt(phrase('look-spread'))


def _refuse(network: Any) -> None:
    from torch.nn.modules import module as registry

    refuse_spread(network)
    owners = [(registry, '_global_forward_pre_hooks'), (registry, '_global_forward_hooks')]
    for one in network.modules():
        owners += [(one, '_forward_pre_hooks'), (one, '_forward_hooks')]
    for owner, name in owners:
        for hook in (getattr(owner, name, None) or {}).values():
            if not _module_of(hook).startswith(HARMLESS_HOOKS):
                raise NotLookedAt(phrase('look-hooks', name=_module_of(hook)[:-1]))


def _module_of(hook: Any) -> str:
    return str(getattr(hook, '__module__', None) or type(hook).__module__) + '.'
