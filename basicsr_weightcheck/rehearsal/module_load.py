"""What `load_state_dict` of a torch.nn.Module does, seen on a copy of it without weights."""

from __future__ import annotations

import contextlib
import copy
import warnings
from collections import OrderedDict, defaultdict
from typing import (
    Any,
    Callable,
    ContextManager,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Tuple,
)

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.look.untouched import random_states_kept
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.names import Shapes, fits
from basicsr_weightcheck.records.sources import (
    DERIVED,
    INITIAL,
    WHOLE,
    FileTensor,
    ModuleLoad,
    NetworkSources,
    TensorSource,
)
from basicsr_weightcheck.records.tensors import Mismatch
from basicsr_weightcheck.rehearsal.following.ledger import Ledger
from basicsr_weightcheck.rehearsal.following.provenance import Follower, following, ways_out
from basicsr_weightcheck.rehearsal.harmless import replaced
from basicsr_weightcheck.rehearsal.network import describe_network, has_shape
from basicsr_weightcheck.rehearsal.observe_load import text_of


def weightless_copy(network: Any, place: str = 'meta') -> Any:
    """The network (torch.nn.Module) with every tensor on 'meta'; no weight is copied.

    With the place 'cpu' it is one with weights, apart from the network.

    Raises:
        Exception: whatever copying a module of the user's may raise.
    """
    memo: Dict[int, Any] = {}
    for tensor in _all_tensors(network):
        memo[id(tensor)] = on_meta(tensor) if place == 'meta' else _in_memory(tensor)
    return copy.deepcopy(network, memo)


def _all_tensors(network: Any) -> Iterator[Any]:
    """Parameters, buffers, and the tensors that modules hold as plain attributes, each once.

    A plain one may be the result of a computation (the `weight` of torch's weight_norm), which
    deepcopy refuses. Source: torch/nn/utils/weight_norm.py (2.13).
    """
    import torch

    yield from network.parameters()
    yield from network.buffers()
    for module in network.modules():
        yield from (one for one in vars(module).values() if isinstance(one, torch.Tensor))


def on_meta(tensor: Any) -> Any:
    """A tensor like this one that holds nothing; a parameter stays one."""
    if not has_shape(tensor):
        kept = {'requires_grad': tensor.requires_grad, 'dtype': tensor.dtype}
        return type(tensor)(device='meta', **kept)
    return _as_it_is(tensor, tensor.detach().to('meta'))


def _in_memory(tensor: Any) -> Any:
    return _as_it_is(tensor, tensor.detach().to('cpu', copy=True))


def _as_it_is(tensor: Any, made: Any) -> Any:
    """A parameter where the tensor is one."""
    import torch

    if not isinstance(tensor, torch.nn.Parameter):
        return made
    return torch.nn.Parameter(made, requires_grad=tensor.requires_grad)


def new_on_meta() -> ContextManager[Any]:
    """New tensors hold nothing, those of a network that a loader builds for itself as well."""
    import torch

    can = hasattr(torch.device, '__enter__')  # from torch 2.0 on
    return torch.device('meta') if can else contextlib.nullcontext()


def try_load(
    network: Any,
    table: Any,
    names: Dict[Any, FileTensor],
    *,
    strict: Any,
    assign: bool,
    real: bool,
    stands_in: bool,
) -> Tuple[ModuleLoad, bool]:
    """Make the call on a copy of a network; the network itself stays as it is.

    Args:
        network: torch.nn.Module.
        table: what is handed to `load_state_dict`; the call may change it.
        names: {key of the table: what its tensor is to be called}.
        strict, assign: of the call.
        real: copy the weights too; else every tensor of the copy is on 'meta'.
        stands_in: the values of the table are not those of the file.

    Returns:
        What the call did, of a table without a name; whether tensors without values do not tell it.

    Raises:
        NotLookedAt: the network cannot be copied.
    """
    ledger = Ledger()
    follower = Follower(ledger)
    given = dict(table) if isinstance(table, Mapping) else {}
    with random_states_kept(), warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of copies to tensors without memory
        with _copying():
            copied = copy.deepcopy(network) if real else weightless_copy(network)
        expected = describe_network(copied, type(network).__name__, 'live')
        shapes = expected.shapes
        ledger.own(_state(copied).values())
        for key, name in names.items():
            ledger.name(given[key], name)
        lists = _watched(copied)
        error, message = _call(copied, table, follower, strict=strict, assign=assign, real=real)
        state = _state(copied)
    sources = _sources(network, state, ledger, assign)
    if set(state) != set(shapes):  # parameters without a shape have got one, or modules were made
        expected = describe_network(copied, type(network).__name__, 'live')
    made = ModuleLoad(
        path='',
        table='',
        strict=bool(strict),
        loads=not error,
        error=error,
        message=message,
        network=NetworkSources('', '', expected, sources),
        missing=tuple(map(str, lists['missing'])),
        unexpected=tuple(map(str, lists['unexpected'])),
        mismatched=tuple(_mismatched(given, shapes, sources)),
        lost=(*follower.lost, *_unseen(state, sources)),
    )
    # Of names and sizes torch speaks, which tensors without values have, too.
    plain = not error or message.startswith('Error(s) in loading state_dict')
    if stands_in and (follower.looked_at or follower.lost):
        looked_at = tuple(follower.looked_at)
        made = made._replace(loads=None, error='', message='', looked_at=looked_at)
    return made, follower.met_nothing or not plain


@contextlib.contextmanager
def _copying() -> Iterator[None]:
    """Raises NotLookedAt for whatever copying something of the user's may raise."""
    try:
        yield
    except Exception as error:
        what = phrase('load-not-copied', reason=f'{type(error).__name__}: {error}')
        raise NotLookedAt(what, advice=phrase('load-not-copied-do')) from error


def _call(
    network: Any, table: Any, follower: Follower, *, strict: Any, assign: bool, real: bool
) -> Tuple[str, str]:
    """(class, text) of the exception that the call ends with, '' where it returns."""
    more = {'assign': True} if assign else {}  # older versions of torch do not know it
    elsewhere = contextlib.nullcontext() if real else new_on_meta()
    try:
        with replaced((), ways_out(follower)), following(follower), elsewhere:
            network.load_state_dict(table, strict=strict, **more)
    except (Exception, SystemExit) as error:  # whatever the load raises is the answer
        return type(error).__name__, text_of(error)
    return '', ''


def _watched(network: Any) -> Dict[str, List[str]]:
    """Where torch's lists of missing and unexpected keys will be: those of the first call.

    Source: torch/nn/modules/module.py `load_state_dict` (1.8 to 2.13) hands one list of each to
    `_load_from_state_dict` of every module, of the network itself first.
    """
    found: Dict[str, List[str]] = defaultdict(list)
    original = network._load_from_state_dict

    def spy(state: Any, prefix: Any, local: Any, strict: Any, *lists: Any) -> Any:
        if not found:
            found['missing'], found['unexpected'] = lists[:2]
        return original(state, prefix, local, strict, *lists)

    vars(network)['_load_from_state_dict'] = spy  # of the copy alone
    return found


def _state(network: Any) -> Dict[str, Any]:
    """The tensors of the state dict that have a shape; extra state left out."""
    return {key: value for key, value in network.state_dict().items() if has_shape(value)}


def _sources(
    network: Any, state: Dict[str, Any], ledger: Ledger, assign: bool
) -> Tuple[TensorSource, ...]:
    """Where the tensors of a state are from; what is copied to those on 'meta' is not kept."""
    named = () if assign else (*network.named_parameters(), *network.named_buffers())
    hollow = {key for key, tensor in named if tensor.is_meta}
    return tuple(
        TensorSource(key, INITIAL) if key in hollow else ledger.source(key, tensor)
        for key, tensor in state.items()
    )


def _mismatched(
    given: Dict[str, Any], shapes: Shapes, sources: Iterable[TensorSource]
) -> Iterator[Mismatch]:
    """Tensors of the table that did not fill those of their names, for another shape."""
    filled = {one.key for one in sources if one.kind in (WHOLE, DERIVED)}
    for key, shape in shapes.items():
        one: Any = given.get(key)
        if has_shape(one) and key not in filled and not fits(shape, tuple(one.shape)):
            yield Mismatch(key, shape, tuple(one.shape))


def _unseen(state: Dict[str, Any], sources: Iterable[TensorSource]) -> List[str]:
    """Layouts of tensors that have no storage of their own to be known by (sparse ones)."""
    import torch

    layouts = [state[one.key].layout for one in sources if one.kind == INITIAL]
    return sorted({str(one) for one in layouts if one != torch.strided})


def is_plain(table: Any) -> bool:
    """Every tensor of a state dict has a counterpart that holds nothing.

    Sparse, quantised and other odd tensors fail in memory where they do not on 'meta', and classes
    of tensors of one's own do what they like.
    """
    import torch

    return all(_is_plain(one) for one in table.values() if isinstance(one, torch.Tensor))


def bare_table(table: Any) -> Any:
    """A state dict like this one that holds nothing; raises NotLookedAt if it cannot be copied."""
    return _like(table, on_meta)


def held_table(table: Any) -> Any:
    """The same tensors in a dict of its own, which the call may change; raises likewise."""
    return _like(table, lambda tensor: _as_it_is(tensor, tensor.detach()))


def _like(table: Any, tensor: Callable[[Any], Any]) -> Any:
    made: Any = OrderedDict()
    with _copying():
        for key, value in table.items():  # extra state of modules is whatever they make of it
            made[key] = tensor(value) if has_shape(value) else copy.deepcopy(value)
        if hasattr(table, '_metadata'):
            made._metadata = copy.deepcopy(table._metadata)
    return made


def _is_plain(tensor: Any) -> bool:
    import torch

    if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
        return False
    odd = tensor.is_quantized or tensor.is_meta or tensor.is_conj() or tensor.is_neg()
    return tensor.layout == torch.strided and not odd
