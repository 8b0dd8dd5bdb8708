"""What a load_network call will do to a live network, tried on a copy without weights."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import logging
from typing import Any, Callable, Dict, Iterator

from basicsr_weightcheck.records.outcomes import Outcome
from basicsr_weightcheck.records.tensors import CheckpointHeader
from basicsr_weightcheck.rehearsal.observe_load import observe_load
from basicsr_weightcheck.rehearsal.weightless_load import WeightlessLoad


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


def bare_network(network: Any) -> Any:
    """What DataParallel or DistributedDataParallel wraps."""
    import torch

    wrappers = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
    return network.module if isinstance(network, wrappers) else network


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

        arguments = {**self._bound.arguments, 'net': self._shadow}
        arguments.update((k, v) for k, v in changes.items() if k in arguments)
        bound = inspect.BoundArguments(self._bound.signature, arguments)
        known = {**self._headers, **headers}
        loader = WeightlessLoad(known, torch.load, str(torch.__version__))

        def call() -> None:
            self._function(*bound.args, **bound.kwargs)

        by = f'{self._function.__module__}.{self._function.__qualname__}'
        with quiet():
            return observe_load(call, self._shadow, loader, by, arguments.get('param_key'))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what the framework logs and prints during a trial out of the training's own log."""
    logger = logging.getLogger('basicsr')
    disabled = logger.disabled
    logger.disabled = True
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.disabled = disabled
