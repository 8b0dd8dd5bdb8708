"""Follow tensors where torch has no dispatch mode that sees everything (before 2.0).

The methods of tensors, and the functions that put tensors together, are replaced while the body
runs. What C++ does by itself is not seen: such a network tensor counts as initial, never as loaded.
Source: torch/_tensor.py (1.8 to 1.13); torch/nn/modules/module.py copies with `copy_`.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import Any, Callable, Iterator, List, Tuple

from basicsr_weightcheck.rehearsal.harmless import replaced
from basicsr_weightcheck.rehearsal.provenance import Follower, Operation

Names = Tuple[str, ...]
_busy: List[bool] = []
RANDOM: Names = ('uniform_', 'normal_', 'random_', 'bernoulli_', 'exponential_', 'log_normal_')
RANDOM += ('cauchy_', 'geometric_')
# Views and questions: nothing new is made.
VIEWS: Names = ('set_', 'resize_', 'requires_grad_', 'share_memory_', 'detach_', 'rename_', 't_')
VIEWS += ('transpose_', 'squeeze_', 'unsqueeze_', 'swapaxes_', 'swapdims_', 'resize_as_')
COPIES: Names = ('clone', '__deepcopy__', 'to', 'float', 'half', 'double', 'bfloat16', 'type')
COPIES += ('contiguous', 'cpu', 'type_as')
MADE: Names = ('__add__', '__radd__', '__mul__', '__rmul__', '__sub__', '__truediv__', '__neg__')
MADE += ('add', 'mul', 'sub', 'div', 'flip', 'repeat', 'mean', 'sum', 'roll', 'index_select')
FUNCTIONS = ('cat', 'stack', 'flip', 'roll', 'index_select', 'zeros', 'zeros_like')
POINTWISE: Names = ('pointwise',)


@contextmanager
def followed_methods(follower: Follower) -> Iterator[None]:
    """Keep the follower's ledger while the body runs."""
    import torch

    with replaced((), [*_methods(follower, torch.Tensor), *_functions(follower, torch)]):
        yield


def _methods(follower: Follower, tensor: Any) -> Iterator[Tuple[Any, str, Any]]:
    in_place = {n for n in dir(tensor) if n.endswith('_') and not n.startswith('_')}
    for name in sorted(in_place.difference(VIEWS)):
        tags: Names = ('nondeterministic_seeded',) if name in RANDOM else POINTWISE
        operation = Operation(name, ['self', 'other'], ['self'], tags)
        yield tensor, name, _followed(follower, operation, getattr(tensor, name))
    assigned = Operation('copy_', ['self', 'other'], ['self'])
    yield tensor, '__setitem__', _assigned(follower, assigned, tensor.__setitem__)
    for name in filter(functools.partial(hasattr, tensor), (*COPIES, *MADE)):
        copies = name in COPIES
        kind, tags = ('clone', ()) if copies else (name, POINTWISE)
        operation = Operation(kind, ['self', 'other'], [], tags)
        yield tensor, name, _followed(follower, operation, getattr(tensor, name))


def _functions(follower: Follower, torch: Any) -> Iterator[Tuple[Any, str, Any]]:
    for name in FUNCTIONS:
        operation = Operation(name, ['tensors', 'dim'], [])
        yield torch, name, _followed(follower, operation, getattr(torch, name))


def _followed(
    follower: Follower, operation: Operation, real: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(real)
    def followed(*args: Any, **kwargs: Any) -> Any:
        out = real(*args, **kwargs)
        if operation.name == 'clone':  # a memo or a dtype is no source
            _note(follower, operation, args[:1], {}, out)
        else:
            _note(follower, operation, args, kwargs, out)
        return out

    return followed


def _note(
    follower: Follower, operation: Operation, args: Tuple[Any, ...], kwargs: Any, out: Any
) -> None:
    """Follow, unless it is the ledger's own arithmetic that was seen."""
    if not _busy:
        _busy.append(True)
        try:
            follower.follow(operation, None, args, kwargs, out)
        finally:
            _busy.pop()


def _assigned(
    follower: Follower, operation: Operation, real: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(real)
    def setitem(self: Any, place: Any, value: Any) -> None:
        real(self, place, value)
        import torch

        target = self[place]
        filled = Operation('fill_', ['self', 'value'], ['self'])
        copied = isinstance(value, torch.Tensor)
        _note(follower, operation if copied else filled, (target, value), {}, None)

    return setitem
