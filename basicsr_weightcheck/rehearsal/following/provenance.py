"""Follow the tensors of files through whatever the framework computes.

A dispatch mode sees every operation of torch, also on tensors without memory ('meta'), and does
with the marks of a `Ledger` what the operation does with values: a copy copies them, a slice is
a view of them, arithmetic makes one label of all. Source: torch/utils/_python_dispatch.py (2.13).
"""

from __future__ import annotations

import contextlib
import functools
import threading
import weakref
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from basicsr_weightcheck.rehearsal.following.ledger import NEUTRAL, OWN, ZERO, Ledger, Marks, shares
from basicsr_weightcheck.rehearsal.harmless import plain_functions, replaced

# In place, with numbers: on 'meta' torch does nothing but check what it is given.
# Source: torch/_refs/__init__.py `normal_`, `clamp`; _meta_registrations.py `uniform_` (2.13).
IDLE = {'normal_', 'uniform_', 'clamp_', 'erfinv_', 'mul_', 'add_', 'fill_', 'zero_'}
# The tensor takes another storage; nothing is written (deepcopy does so).
REBINDS = {'set_', 'resize_', 'resize_as_'}
# Values as they are, in the same order.
KEEPS = {'clone', '_to_copy', 'to_copy', 'detach_copy', 'alias_copy', 'lift', 'lift_fresh_copy'}
KEEPS |= {'contiguous', 'view_copy', '_reshape_copy'}
# Values as they are, in another order: the same operation is made with the marks.
MOVES = {'cat', 'stack', 'flip', 'roll', 'rot90', 'index', '_unsafe_index', 'index_select'}
MOVES |= {'gather', 'take', 'repeat', 'repeat_interleave', 'constant_pad_nd', 'tril', 'triu'}
MOVES |= {'where', 'slice_scatter', 'select_scatter', 'pixel_shuffle', 'pixel_unshuffle'}
MOVES |= {'channel_shuffle', 'permute_copy', 'narrow_copy', 'slice_copy', 'select_copy'}
MOVES |= {
    'index_put',
    'index_copy',
    'masked_scatter',
    'put',
    'scatter',
    'block_diag',
    'expand_copy',
    't_copy',
}
MOVES |= {'masked_fill', 'index_fill'}
INDICES = {'index', 'indices', 'mask', 'condition', 'repeats'}  # arguments that say where
# Only the shape of a source is taken.
SHAPES = {'new_empty', 'new_empty_strided', 'new_full', 'new_ones', 'empty_permuted'}
LOOKS = {'_local_scalar_dense', 'item', 'equal', 'is_nonzero', 'nonzero', 'allclose', 'unique'}
ZEROS = {'zeros', 'zeros_like', 'new_zeros', 'zero_'}


class Operation:
    """What is to be known of one operator.

    Attributes:
        raw: its name without namespace ('copy_').
        name: the same without the underscore of the in-place form ('copy').
        written: those that it writes to.
        is_random: it fills with random numbers.
        is_pointwise: each element of the result is made of the elements at its place.
        is_silent: whatever it is given, nothing is written and nothing known of its result.
        is_idle: it has nothing to do on 'meta', as a rule.
        is_view: its results are views of its first argument, as a rule.
        function: of torch; kept, so that no other takes its address.
    """

    def __init__(
        self, raw: str, arguments: List[str], written: List[str], tags: Iterable[str] = ()
    ) -> None:
        self.raw = raw
        self.arguments = arguments
        self.written = written
        self.name = raw[:-1] if written and raw.endswith('_') else raw
        self.is_random = any('nondeterministic_seeded' in tag for tag in tags)
        self.is_pointwise = any('pointwise' in tag for tag in tags)
        self.is_silent = raw in REBINDS
        self.is_idle = raw in IDLE
        self.is_view = False
        self.function: Any = None

    @classmethod
    def of(cls, function: Any) -> Operation:
        """The operator that a dispatch mode is called with."""
        schema = function._schema
        names = [argument.name for argument in schema.arguments]
        written = [one.name for one in schema.arguments if _is_written(one)]
        tags = [str(tag) for tag in getattr(function, 'tags', ())]
        made = cls(schema.name.split('::')[-1], names, written, tags)
        made.function = function
        made.is_view = not written and {bool(one.alias_info) for one in schema.returns} == {True}
        if 'Tensor' not in str([argument.type for argument in schema.arguments]):
            # torch.empty, arange: constants, or nothing.
            made.is_silent = not made.is_random and _filled_with(made, {}) is None
        return made

    def bound(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Dict[str, Any]:
        """{argument: value}."""
        return {**dict(zip(self.arguments, args)), **kwargs}


def _is_written(argument: Any) -> bool:
    alias = argument.alias_info
    return alias is not None and bool(alias.is_write)


class Follower:
    """Keeps a ledger while operations are made.

    Attributes:
        ledger: where everything is written down.
        looked_at: names of tensors of files whose values decided something.
        lost: operations of which it is not known what they did with tensors of files.
        met_nothing: an operation failed because a tensor on 'meta' has no values.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.looked_at: List[str] = []
        self.lost: List[str] = []
        self.met_nothing = False
        self._operations: Dict[Any, Operation] = {}

    def operation(self, function: Any) -> Operation:
        """What is to be known of an operator of torch; asked for it once."""
        known = self._operations.get(id(function))  # by identity: its hash is computed in Python
        if known is None:
            known = self._operations[id(function)] = Operation.of(function)
        return known

    def follow(
        self,
        operation: Operation,
        function: Any,
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
        out: Any,
    ) -> None:
        """Do with the marks what an operation has done with values.

        An operation that the ledger cannot follow is noted: the model must not meet our exception.

        Args:
            operation: that was made.
            function: what can be made again with marks, None where nothing can.
            args, kwargs, out: of the call.
        """
        if operation.is_silent:
            return
        try:
            # Most operations are views (a Parameter is one, and so is what state_dict holds).
            if not (operation.is_view and _is_view(out, args)):
                self._follow(operation, function, operation.bound(args, kwargs), out)
        except Exception:  # of ours, or of torch with tensors of a form that marks do not have
            if operation.raw not in self.lost:
                self.lost.append(operation.raw)

    def _follow(self, operation: Operation, function: Any, given: Dict[str, Any], out: Any) -> None:
        if operation.raw in LOOKS:
            self.look(given.values())
        elif operation.written:
            for name in operation.written:
                self._write(function, operation, given, name)
        else:
            self._make(function, operation, given, out)

    def look(self, values: Iterable[Any]) -> None:
        """Values of these tensors are looked at."""
        for tensor in _tensors(values):
            for name in self.ledger.names_in(self.ledger.read(tensor)):
                if name.key not in self.looked_at:
                    self.looked_at.append(name.key)

    def _write(self, function: Any, operation: Operation, given: Dict[str, Any], name: str) -> None:
        target = given.get(name)
        others = {key: value for key, value in given.items() if key not in operation.written}
        if isinstance(target, (list, tuple)):  # _foreach_…: one operation for each
            for place, one in enumerate(target):
                each = {k: _item(v, place, len(target)) for k, v in others.items()}
                self._change(None, operation, one, each)
        elif _is_tensor(target):
            if operation.raw.endswith('_'):
                self._change(function, operation, target, others)
            else:  # an operation with out=
                self.ledger.write(target, self._mixed(others))

    def _change(
        self, function: Any, operation: Operation, target: Any, others: Dict[str, Any]
    ) -> None:
        ledger, name = self.ledger, operation.name.replace('_foreach_', '')
        sources = list(_tensors(others.values()))
        if operation.is_random and not sources:
            ledger.write(target, OWN)
            return
        plain = UNMIXED.get(name)
        marks = plain(ledger, target, others, sources) if plain else None
        if marks is AS_IT_IS:
            return
        if marks is None and name in MOVES:
            marks = self._moved_into(function, operation, target, others)
        if marks is None:
            placed = operation.is_pointwise or operation.raw.startswith('_foreach_')
            marks = self._computed([target, *sources], target.shape, placed)
        ledger.write(target, marks)

    def _make(self, function: Any, operation: Operation, given: Dict[str, Any], out: Any) -> None:
        """An operation with a result of its own, or with a view."""
        ledger = self.ledger
        results = list(_tensors((out,)))
        mark = _filled_with(operation, given)
        if mark is not None:
            for one in results:
                ledger.write(one, mark)
            return
        values = {name: value for name, value in given.items() if name not in INDICES}
        sources = list(_tensors(values.values()))
        fresh = [one for one in results if not shares(one, sources)]
        if fresh:
            found = self._made(function, operation, given, sources, fresh)
            for one, marks in zip(fresh, found):
                ledger.write(one, marks)

    def _made(
        self,
        function: Any,
        operation: Operation,
        given: Dict[str, Any],
        sources: List[Any],
        fresh: List[Any],
    ) -> Sequence[Marks]:
        """The marks of each result that is no view; none where nothing is known of its sources."""
        ledger = self.ledger
        marks = [ledger.read(one) for one in sources]
        if operation.is_random:
            return [ledger.mixture([*marks, OWN])] * len(fresh)
        if all(_is(mark, NEUTRAL) for mark in marks):
            return ()
        if operation.raw in KEEPS and len(fresh) == 1:
            return marks[:1]
        moved = self._moved(function, given) if operation.raw in MOVES else None
        if moved is not None:
            return moved
        return [self._computed(sources, one.shape, operation.is_pointwise) for one in fresh]

    def _computed(self, parts: List[Any], shape: Any, placed: bool) -> Marks:
        """The marks of what is made of these tensors by arithmetic, `placed` element by element."""
        if placed:
            return self.ledger.mixed_by_place(parts, shape)
        return self.ledger.mixture(self.ledger.read(part) for part in parts)

    def _mixed(self, given: Dict[str, Any]) -> int:
        return self.ledger.mixture(self.ledger.read(one) for one in _tensors(given.values()))

    def _moved(self, function: Any, given: Dict[str, Any]) -> Optional[List[Any]]:
        """The results of the operation when it is made with marks; None where that cannot be."""
        if function is None:
            return None
        if not self._is_of_file(given) or not self._knows_where(given):
            return None
        try:
            return list(_tensors((function(**self._as_marks(given)),)))
        except Exception:  # an index without memory, a form that marks do not have
            return None

    def _moved_into(
        self, function: Any, operation: Operation, target: Any, others: Dict[str, Any]
    ) -> Any:
        """The same of an operation in place."""
        if function is None or not self._knows_where({'': target, **others}):
            return None
        try:
            marks = self.ledger.elements(target).clone()
            function(**{operation.written[0]: marks, **self._as_marks(others)})
        except Exception:  # as above
            return None
        return marks

    def _knows_where(self, given: Dict[str, Any]) -> bool:
        """The arguments that say where are known: on 'meta' nothing would be moved, unsaid.

        In memory an index that the model makes is known; one that comes out of a file decides.
        """
        indices = list(_tensors(given[name] for name in INDICES & given.keys()))
        on_meta = any(one.is_meta for one in indices)
        if not on_meta:
            self.look(indices)
        elif self._is_of_file(given):
            self.met_nothing = True
        return not on_meta

    def _is_of_file(self, given: Dict[str, Any]) -> bool:
        ledger = self.ledger
        return any(ledger.is_from_file(ledger.read(x)) for x in _tensors(given.values()))

    def _as_marks(self, given: Dict[str, Any]) -> Dict[str, Any]:
        """The arguments with the marks of tensors in the place of their values."""

        def marks(value: Any) -> Any:
            if _is_tensor(value):
                return self.ledger.elements(value)
            if isinstance(value, (list, tuple)):
                return [marks(one) for one in value]
            return value

        return {
            name: value if name in INDICES else 0 if name == 'value' else marks(value)
            for name, value in given.items()
        }


def _filled_with(operation: Operation, given: Dict[str, Any]) -> Optional[int]:
    """The mark of a result that takes no values from its arguments, None of any other."""
    if operation.raw in ZEROS or (operation.raw == 'mul' and _scalar(given) == 0):
        return ZERO
    if operation.raw in SHAPES or operation.raw.endswith('_like'):
        return OWN if operation.is_random else NEUTRAL
    return None


AS_IT_IS = object()  # what a target has been keeps its marks, and the time of its last writing


def _copied(ledger: Ledger, target: Any, others: Dict[str, Any], sources: List[Any]) -> Any:
    return ledger.spread(sources[0], target)


def _filled(ledger: Ledger, target: Any, others: Dict[str, Any], sources: List[Any]) -> Any:
    return ZERO if _scalar(others) == 0 else ledger.mixture(map(ledger.read, sources))


def _zeroed(ledger: Ledger, target: Any, others: Dict[str, Any], sources: List[Any]) -> Any:
    return ZERO


def _scaled(ledger: Ledger, target: Any, others: Dict[str, Any], sources: List[Any]) -> Any:
    return ZERO if _scalar(others) == 0 else _divided(ledger, target, others, sources)


def _divided(ledger: Ledger, target: Any, others: Dict[str, Any], sources: List[Any]) -> Any:
    return AS_IT_IS if _scalar(others) == 1 or _is(ledger.read(target), ZERO) else None


def _added(ledger: Ledger, target: Any, others: Dict[str, Any], sources: List[Any]) -> Any:
    once = _adds_once(others, target) and _is(ledger.read(target), ZERO)
    return ledger.read(sources[0]) if once else None


def _between(ledger: Ledger, target: Any, others: Dict[str, Any], sources: List[Any]) -> Any:
    weight = others.get('weight')
    if weight not in (0, 1):
        return None
    return ledger.read(others['end']) if weight == 1 else AS_IT_IS


# What leaves one of its sides as it is (copies, times zero, zero plus): the marks of the target
# then, None where it mixes after all. An average of weights is begun in this way.
UNMIXED: Dict[str, Callable[..., Any]] = {
    'copy': _copied,
    'fill': _filled,
    'zero': _zeroed,
    'mul': _scaled,
    'div': _divided,
    'add': _added,
    'lerp': _between,
}


def _is(marks: Any, label: int) -> bool:
    return isinstance(marks, int) and marks == label


def _tensors(values: Any) -> Iterator[Any]:
    for value in values:
        if _is_tensor(value):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)


def _is_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor)


def _is_view(out: Any, args: Tuple[Any, ...]) -> bool:
    try:
        return bool(out.untyped_storage()._cdata == args[0].untyped_storage()._cdata)
    except (AttributeError, IndexError, NotImplementedError, RuntimeError):
        return False  # several results, or a tensor without a storage


def _item(value: Any, place: int, count: int) -> Any:
    if isinstance(value, (list, tuple)) and len(value) == count:
        return value[place]
    return value


def _scalar(others: Dict[str, Any]) -> Any:
    """The one number that an operation is made with, None without one."""
    value = others.get('other', others.get('value', others.get('scalar')))
    return value if isinstance(value, (int, float)) else None


def _adds_once(others: Dict[str, Any], target: Any) -> bool:
    other = others.get('other')
    if other is None or not _is_tensor(other):
        return False
    return bool(others.get('alpha', 1) == 1 and other.shape == target.shape)


def ways_out(follower: Follower) -> Iterator[Tuple[Any, str, Any]]:
    """(class, name, what replaces it) of methods that hand values to code that torch does not see.

    What such code makes of a tensor of a file, or of a network, is not known, and said to be so.
    """
    import torch

    ledger = follower.ledger

    def noted(name: str, real: Callable[..., Any], *, also_own: bool) -> Callable[..., Any]:
        @functools.wraps(real)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            marks = ledger.read(self)
            counts = ledger.is_from_file(marks) or (also_own and _is(marks, OWN))
            if counts and name not in follower.lost:
                follower.lost.append(name)
            return real(self, *args, **kwargs)

        return method

    for name in ('numpy', '__array__'):
        yield torch.Tensor, name, noted(name, getattr(torch.Tensor, name), also_own=True)
    for name in ('__reduce_ex__', '__dlpack__', 'share_memory_'):
        if hasattr(torch.Tensor, name):
            yield torch.Tensor, name, noted(name, getattr(torch.Tensor, name), also_own=False)
    real_list = torch.Tensor.tolist

    def tolist(self: Any) -> Any:
        follower.look((self,))
        return real_list(self)

    yield torch.Tensor, 'tolist', tolist
    real = torch.Tensor.data_ptr

    def data_ptr(self: Any) -> int:
        follower.met_nothing = follower.met_nothing or self.device.type == 'meta'
        return int(real(self))

    yield torch.Tensor, 'data_ptr', data_ptr


def initialisers(ledger: Ledger) -> Iterator[Tuple[Any, Any]]:
    """(function, what replaces it) of torch.nn.init: some return at once on 'meta'.

    Source: torch/nn/init.py `_no_grad_trunc_normal_` (2.13).
    """
    import torch

    for name, real in list(vars(torch.nn.init).items()):
        if name.startswith(('_', 'zeros', 'ones', 'constant', 'eye', 'dirac')):
            continue
        if name.endswith('_') and callable(real):
            yield real, _initialises(real, ledger)


def _initialises(real: Callable[..., Any], ledger: Ledger) -> Callable[..., Any]:
    import torch

    plain = {torch.Tensor, torch.nn.Parameter}  # types that have no say of their own
    known: Set[Any] = set()  # what it has taken; on 'meta' it then has nothing to do

    @functools.wraps(real)
    def initialise(tensor: Any, *args: Any, **kwargs: Any) -> Any:
        if type(tensor) not in plain:
            result = real(tensor, *args, **kwargs)
        with plain_functions():  # each asks a mode, which would come here again
            if type(tensor) in plain:
                asked = _asked(tensor, args, kwargs)
                result = tensor if asked in known else real(tensor, *args, **kwargs)
                known.update([asked] if asked is not None else ())
            ledger.write(tensor, OWN)
        return result

    return initialise


def _asked(tensor: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
    """All of a call that an initialiser may refuse; None where it has to be asked."""
    given = (*args, *(x for pair in kwargs.items() for x in pair))
    if not tensor.is_meta or not all(type(one) in (int, float, str) for one in given):
        return None
    shape = (tensor.dim(), 0 in tensor.shape, tensor.is_contiguous())
    return type(tensor), tensor.dtype, shape, given


def _is_idle(operation: Operation, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> bool:
    """Numbers that torch takes, for a plain tensor on 'meta': it stays what it is.

    Asked of torch, some take as long as ten other operations (they are made of them there).
    """
    tensor, numbers = args[0], args[1:]
    if kwargs or not tensor.is_meta or not all(type(one) in (int, float) for one in numbers):
        return False
    if not tensor.is_floating_point() or not tensor.is_contiguous():
        return False
    return not operation.is_random or _is_range(operation.raw, numbers)


def _is_range(raw: str, numbers: Sequence[Any]) -> bool:
    """Numbers that a random filling takes. None are its defaults, which torch does not hand on."""
    if not numbers:
        return True
    return len(numbers) == 2 and bool((0 if raw == 'normal_' else numbers[0]) <= numbers[1])


def sees_everything() -> bool:
    """Whether this torch lets every operation be seen (2.0 and newer)."""
    import torch

    return hasattr(torch.Tensor, 'untyped_storage')


@contextmanager
def following(follower: Follower) -> Iterator[None]:
    """Keep the follower's ledger while the body runs."""
    if not sees_everything():
        with followed_methods(follower):
            yield
        return
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    alone = torch._C.DisableTorchFunction

    class Mode(TorchDispatchMode):  # type: ignore[misc, unused-ignore]
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False  # nothing is compiled here, and the guard takes as long as the rest

        def __torch_dispatch__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            kwargs, operation = kwargs or {}, follower.operation(function)
            try:
                if types:  # whose own code makes it
                    out = function(*args, **kwargs)
                else:
                    with alone():  # some are made of others, in Python
                        idle = operation.is_idle and _is_idle(operation, args, kwargs)
                        out = args[0] if idle else function(*args, **kwargs)
            except (RuntimeError, NotImplementedError) as error:
                follower.met_nothing = follower.met_nothing or 'meta' in str(error)
                raise
            if not operation.is_silent:
                with alone():
                    follower.follow(operation, function, args, kwargs, out)
            return out

    # Modes belong to a thread; threads that the body starts are followed, those of others are not.
    ours = weakref.WeakSet([threading.current_thread()])
    start, run = threading.Thread.start, threading.Thread.run

    def noted(self: threading.Thread) -> None:
        if threading.current_thread() in ours:
            ours.add(self)
        start(self)

    def followed(self: threading.Thread) -> None:
        with Mode() if self in ours else contextlib.nullcontext():
            run(self)

    threading.Thread.start, threading.Thread.run = noted, followed  # type: ignore[method-assign]
    try:
        with Mode():
            yield
    finally:
        threading.Thread.start, threading.Thread.run = start, run  # type: ignore[method-assign]


# Follow tensors where torch has no dispatch mode that sees everything (before 2.0).
#
# The methods of tensors, and the functions that put tensors together, are replaced while the body
# runs. What C++ does by itself is not seen: such a network tensor counts as initial, never as
# loaded. Source: torch/_tensor.py (1.8 to 1.13); torch/nn/modules/module.py copies with `copy_`.

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
            with plain_functions():
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
