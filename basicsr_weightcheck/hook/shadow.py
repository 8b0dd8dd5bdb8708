"""What a load_network call will do to a live network, tried on a copy without weights."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import warnings
from typing import Any, Callable, ContextManager, Dict, Iterator

from basicsr_weightcheck.hook.deliver import framework_logger
from basicsr_weightcheck.records.outcomes import Outcome
from basicsr_weightcheck.records.tensors import CheckpointHeader
from basicsr_weightcheck.rehearsal.doors import doors
from basicsr_weightcheck.rehearsal.harmless import on_this_device, replaced
from basicsr_weightcheck.rehearsal.ledger import Ledger
from basicsr_weightcheck.rehearsal.observe_load import Observation, observed, spied
from basicsr_weightcheck.rehearsal.provenance import Follower, following
from basicsr_weightcheck.rehearsal.recorder import bare_network
from basicsr_weightcheck.rehearsal.shelf import Shelf
from basicsr_weightcheck.rehearsal.undo import Standing, undone

__all__ = ['Trial', 'bare_network', 'weightless_copy']


def weightless_copy(network: Any) -> Any:
    """The network (torch.nn.Module) with every tensor on 'meta'; no weight is copied.

    Raises:
        Exception: whatever copying a module of the user's may raise.
    """
    import torch

    memo: Dict[int, Any] = {}
    for parameter in network.parameters():
        bare = parameter.detach().to('meta')
        memo[id(parameter)] = torch.nn.Parameter(bare, requires_grad=parameter.requires_grad)
    for buffer in network.buffers():
        memo[id(buffer)] = buffer.detach().to('meta')
    return copy.deepcopy(network, memo)


def on_meta() -> ContextManager[Any]:
    """New tensors hold nothing, those of a network that a loader builds for itself as well."""
    import torch

    can = hasattr(torch.device, '__enter__')  # from torch 2.0 on
    return torch.device('meta') if can else contextlib.nullcontext()


class Trial:
    """One call of load_network that can be tried with other arguments.

    Args:
        function: the method, unbound.
        bound: its arguments as the training gave them.
        network: the bare network.
        headers: {load path: header} of files that were read.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        bound: inspect.BoundArguments,
        network: Any,
        headers: Dict[str, CheckpointHeader],
    ) -> None:
        self._function = function
        self._bound = bound
        self._shadow = weightless_copy(network)
        self._headers = headers

    def outcome(self, headers: Dict[str, CheckpointHeader], **changes: Any) -> Outcome:
        """What the call does with some arguments changed; nothing is logged or printed.

        Args:
            headers: of files that do not exist yet.
            changes: 'load_path', 'strict', 'param_key'.
        """
        import torch

        network = self._shadow
        arguments = {**self._bound.arguments, 'net': network}
        arguments.update((k, v) for k, v in changes.items() if k in arguments)
        bound = inspect.BoundArguments(self._bound.signature, arguments)
        follower = Follower(Ledger())
        version = str(torch.__version__)
        shelf = Shelf({**self._headers, **headers}, follower.ledger, 'meta', version)
        follower.ledger.own(network.state_dict().values())
        observation = Observation(network, shelf, arguments.get('param_key'))
        by = f'{self._function.__module__}.{self._function.__qualname__}'
        functions = doors(shelf, version)
        attributes = [*on_this_device(), *spied(follower.ledger, lambda: observation)]
        model = arguments.get('self')
        before = Standing(shelf, network, model)
        with quiet(), undone(shelf, before, network, model), replaced(functions, attributes):
            with following(follower), on_meta():
                return observed(
                    lambda: self._function(*bound.args, **bound.kwargs), observation, by
                )[0]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what the framework logs and prints during a trial out of the training's own log."""
    logger = framework_logger()
    disabled = logger.disabled
    logger.disabled = True
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            # torch warns of copies to tensors without memory; where warnings are errors, too.
            warnings.simplefilter('ignore')
            yield
    finally:
        logger.disabled = disabled
