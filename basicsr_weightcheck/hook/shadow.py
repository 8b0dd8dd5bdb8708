"""What a load will do to a live network, tried on a copy without weights."""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import sys
import threading
import warnings
from collections import OrderedDict
from typing import Any, Callable, Dict, Iterator, List, Tuple

from basicsr_weightcheck.checkpoint.read import accepted_header
from basicsr_weightcheck.hook.deliver import framework_logger
from basicsr_weightcheck.hook.situation import LiveCall
from basicsr_weightcheck.hook.verify import put_values
from basicsr_weightcheck.records.tensors import VIRTUAL, CheckpointHeader, Headers, Outcome
from basicsr_weightcheck.rehearsal import surroundings
from basicsr_weightcheck.rehearsal.following.doors import doors, there
from basicsr_weightcheck.rehearsal.following.ledger import Ledger
from basicsr_weightcheck.rehearsal.following.provenance import Follower, following
from basicsr_weightcheck.rehearsal.following.shelf import Shelf
from basicsr_weightcheck.rehearsal.module_load import new_on_meta, weightless_copy
from basicsr_weightcheck.rehearsal.network import bare_network
from basicsr_weightcheck.rehearsal.observe_load import Observation, needs_memory, observed, spied
from basicsr_weightcheck.rehearsal.undo import CONTAINERS, Standing, undone

doubles: List[Any] = []  # of models, in the trials that are made just now


class ShadowCall:
    """One call that can be tried with other arguments; the live model is never touched.

    Args:
        call: as the training makes it.
        network: the bare network.
        headers: {load path: header} of files that were read.

    Raises:
        Exception: whatever copying a module of the user's may raise.
    """

    def __init__(self, call: LiveCall, network: Any, headers: Dict[str, CheckpointHeader]) -> None:
        self._call, self._network, self._headers = call, network, headers
        self._weightless = _double(call.model, network, 'meta')

    def outcome(
        self, headers: Dict[str, CheckpointHeader], load_path: str, strict: Any, param_key: Any
    ) -> Outcome:
        """What the call does with these arguments; nothing is logged or printed.

        Args:
            headers: of files that do not exist yet.
            load_path, strict, param_key: in the place of the training's, where the method has them.
        """
        headers = {**self._headers, **headers}
        changes = {self._call.path_name: load_path, 'strict': strict, 'param_key': param_key}
        outcome, sure = self._tried(self._weightless, changes, headers, 'meta')
        if not sure:  # it asks for values: those of the network and of the file, in copies
            double = _double(self._call.model, self._network, 'cpu')
            outcome, _ = self._tried(double, changes, headers, 'cpu')
        return outcome

    def _tried(
        self, double: Tuple[Any, Any], changes: Dict[str, Any], headers: Headers, device: str
    ) -> Tuple[Outcome, bool]:
        """(what the call does, whether tensors on such a device tell it)."""
        import torch

        (model, network), arguments = double, dict(self._call.arguments)
        arguments[next(iter(arguments))] = model
        arguments[self._call.network_name] = network
        arguments.update((name, one) for name, one in changes.items() if name in arguments)
        bound = inspect.BoundArguments(self._call.bound.signature, OrderedDict(arguments))
        follower = Follower(Ledger())
        version = str(torch.__version__)
        shelf = Shelf(headers, follower.ledger, device, version, accepted_header)

        def fill(path: str, value: Any) -> None:
            header = shelf.header(path)
            if header is not None and header.container != VIRTUAL:
                with surroundings.plain_functions(), surroundings.plain_operations():
                    put_values(header, value)

        shelf.fill = fill if device == 'cpu' else None
        observation = Observation(network, shelf, arguments.get('param_key'))
        function = self._call.function
        by = f'{function.__module__}.{function.__qualname__}'
        here = OnlyHere()
        functions = [(real, here(real, one)) for real, one in doors(shelf, version)]
        attributes = [
            (owner, name, here(getattr(owner, name), one))
            for owner, name, one in (
                *surroundings.on_this_device(),
                *there(shelf),
                *spied(follower.ledger, lambda: observation),
            )
        ]
        # A loader may read in threads of its own; those of the training meet nothing replaced.
        attributes.append((threading.Thread, 'start', here.start()))
        before = Standing(shelf, network, model)
        trial = surroundings.replaced(functions, attributes)
        elsewhere = new_on_meta() if device == 'meta' else contextlib.nullcontext()
        with quiet(here), undone(shelf, before, network, model), trial:
            with following(follower), elsewhere:
                call = functools.partial(function, *bound.args, **bound.kwargs)
                doubles.append(model)
                try:
                    outcome, _, error = observed(call, observation, by)
                finally:
                    doubles.pop()
        return outcome, not (follower.met_nothing or needs_memory(shelf, error))


def _double(model: Any, network: Any, place: str) -> Tuple[Any, Any]:
    """(the model once more, the network), with copies in the place of all its networks.

    A load may fill another network, too. One that cannot be copied is the live one.
    """
    copies = {id(network): weightless_copy(network, place)}

    def copied(value: Any) -> Any:
        if not hasattr(value, 'modules'):
            return value
        bare = bare_network(value)
        if id(bare) not in copies:
            with contextlib.suppress(Exception):
                copies[id(bare)] = weightless_copy(bare, place)
        return copies.get(id(bare), value)

    # Without its constructor, which would build its networks and load again.
    double = object.__new__(type(model))
    for name, value in vars(model).items():
        # What the loader puts into a list or dict of the model shall not be in the live one.
        made = value.copy() if type(value) in CONTAINERS else copied(value)
        if isinstance(made, list):
            made[:] = map(copied, made)
        elif type(value) in CONTAINERS and isinstance(made, dict):
            made.update((key, copied(one)) for key, one in value.items())
        vars(double)[name] = made
    return double, copies[id(network)]


class OnlyHere:
    """Makes replacements that other threads of the training never meet.

    Threads that the trial starts itself are not others.
    """

    def __init__(self) -> None:
        self._threads = {threading.current_thread()}
        self._start = threading.Thread.start

    @property
    def is_here(self) -> bool:
        """This thread belongs to the trial."""
        return threading.current_thread() in self._threads

    def start(self) -> Callable[[threading.Thread], None]:
        """Stands in for Thread.start."""

        def start(thread: threading.Thread) -> None:
            if self.is_here:
                self._threads.add(thread)
            self._start(thread)

        return start

    def __call__(self, real: Any, instead: Any) -> Any:
        """A function that is `instead` in the trial's threads, and `real` in all others."""

        @functools.wraps(real)
        def either(*args: Any, **kwargs: Any) -> Any:
            return (instead if self.is_here else real)(*args, **kwargs)

        return either

    def filter(self, record: logging.LogRecord) -> bool:
        """Of a logger: records of other threads pass."""
        return not self.is_here


class _Muted:
    """A stream that drops what the trial prints."""

    def __init__(self, stream: Any, here: OnlyHere) -> None:
        self._stream, self._here = stream, here

    def write(self, text: str) -> int:
        """Of a text stream."""
        return len(text) if self._here.is_here else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def quiet(here: OnlyHere) -> Iterator[None]:
    """Keep what the framework logs and prints during a trial out of the training's own log."""
    logger = framework_logger()
    logger.addFilter(here)
    try:
        with contextlib.redirect_stdout(_Muted(sys.stdout, here)), warnings.catch_warnings():
            # torch warns of copies to tensors without memory; where warnings are errors, too.
            warnings.simplefilter('ignore')
            yield
    finally:
        logger.removeFilter(here)
