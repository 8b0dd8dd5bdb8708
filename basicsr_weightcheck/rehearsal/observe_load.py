"""What one call does that fills a network: read off the ledger, and off torch's own lists."""

from __future__ import annotations

import functools
import logging
from contextlib import contextmanager
from itertools import groupby
from pickle import UnpicklingError
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

from basicsr_weightcheck.records.names import MODULE, Shape, fits, in_order, natural, stripped
from basicsr_weightcheck.records.sources import DERIVED, PART, WHOLE, FileTensor, TensorSource
from basicsr_weightcheck.records.tensors import Mismatch, Outcome
from basicsr_weightcheck.rehearsal.following.ledger import Ledger
from basicsr_weightcheck.rehearsal.following.replay import mappings, named_tensors
from basicsr_weightcheck.rehearsal.following.shelf import Opening, Shelf
from basicsr_weightcheck.rehearsal.surroundings import plain_functions

IGNORED = '.ignore'  # suffix that BasicSR gives to keys of another size when strict is off
MESSAGE_CHARACTERS = 200_000
SAME_IN_MEMORY = (KeyError, FileNotFoundError, UnpicklingError, SystemExit)

Pairs = Tuple[Tuple[str, str], ...]


class Observation:
    """One call while it is made.

    What its network holds before, and nothing is known of, is the network's own.

    Args:
        network: the bare network that is filled.
        shelf: the files that it opens.
        asked: the table that the call asks for, None for the root.
    """

    def __init__(self, network: Any, shelf: Shelf, asked: Any) -> None:
        self.network = network
        self._shelf, self.ledger = shelf, shelf.ledger
        with plain_functions():
            before = _tensors_of(network)
            self.expected = {key: tuple(tensor.shape) for key, tensor in before.items()}
            self.ledger.own(before.values())
        self._asked = '' if asked is None else str(asked)
        self._started = self.ledger.clock
        self._opened = len(shelf.openings)
        self._tables: List[Any] = []  # what was handed to load_state_dict
        self._missing: List[str] = []
        self._unexpected: List[str] = []
        self._state: Dict[str, Any] = {}  # of the network, when the call has ended

    def handed_over(self, table: Any, missing: List[str], unexpected: List[str]) -> None:
        """load_state_dict of the network was called; the lists are torch's own, filled by now."""
        if hasattr(table, 'items'):
            self._tables.append(table)
            self._missing, self._unexpected = missing, unexpected

    def outcome(self, error: Optional[BaseException], by: str, log: List[str]) -> Outcome:
        """What the call has done.

        Args:
            error: that it ended with, None when it returned.
            by: qualified name of the method.
            log: lines that the framework logged.
        """
        self._state = _tensors_of(self.network)
        openings = self._shelf.openings[self._opened :]
        table = self._table_name(openings)
        sources = self._written(table)
        filled = _keys(sources, WHOLE, DERIVED)
        given = self._given(openings, table)
        mismatched = self._mismatched(given)
        touched = {one.key for one in sources}
        missing = self._not_filled(touched, mismatched)
        left_over = self._left_over(given, filled, mismatched, table)
        if error is not None and not self._tables and not filled:
            missing, left_over, mismatched = set(), set(), {}  # it ended before it came to names
        renamed = self._renamed(sources)
        name, message = _said(error)
        return Outcome(
            loads=error is None,
            error=name,
            message=message,
            by=by,
            key_used=table,
            loaded=filled if error is None else (),
            missing=_sorted(missing),
            unexpected=_sorted(left_over),
            mismatched=tuple(
                Mismatch(key, self.expected[key], mismatched[key]) for key in _sorted(mismatched)
            ),
            log=_stable(log),
            renamed=self._apart_from_twins(renamed),
            partial=tuple((one.key, one.elements) for one in sources if one.kind == PART),
            derived=_keys(sources, DERIVED),
            origins=renamed,
            opened=bool(openings) or bool(self._tables),
        )

    def _written(self, table: Optional[str]) -> List[TensorSource]:
        """The tensors of the network that this call gave something of a file."""
        sources = (
            self.ledger.source(key, tensor, table)
            for key, tensor in self._state.items()
            if self.ledger.stamp(tensor) > self._started
        )
        return [source for source in sources if source.origins]

    def _renamed(self, sources: List[TensorSource]) -> Pairs:
        """(key, name in the file) of whole tensors that have another name there."""
        return tuple(
            (one.key, one.origins[0].key)
            for one in sources
            if one.kind == WHOLE
            and one.key in self.expected
            and not {o.key for o in one.origins} & {one.key, MODULE + one.key}
        )

    def _apart_from_twins(
        self, renamed: Tuple[Tuple[str, str], ...]
    ) -> Tuple[Tuple[str, str], ...]:
        """Those whose name in the file is no other name of the same tensor."""
        twins = self._twins() if renamed else {}
        return tuple((key, name) for key, name in renamed if name not in twins[key])

    def _twins(self) -> Dict[str, Set[str]]:
        """{key: keys of the same tensor} of tied tensors."""
        groups: Dict[int, Set[str]] = {}
        state = self.network.state_dict(keep_vars=True)
        for key, tensor in state.items():
            groups.setdefault(id(tensor), set()).add(key)
        return {key: groups[id(tensor)] for key, tensor in state.items()}

    def _given(self, openings: List[Opening], table: Optional[str]) -> Dict[str, Any]:
        """{name: value} of the table that the network was to be filled from.

        That is what was handed to load_state_dict, else the table of the file.
        """
        if self._tables:
            return dict(self._tables[-1].items())
        for opening in openings:
            for name, mapping in mappings(opening.value):
                if name == table:
                    return {str(key): value for key, value in mapping.items()}
        return {}

    def _mismatched(self, given: Dict[str, Any]) -> Dict[str, Shape]:
        """{key: shape found} of keys of both sides with other shapes."""
        found: Dict[str, Shape] = {}
        for name, value in given.items():
            key = name[: -len(IGNORED)] if str(name).endswith(IGNORED) else name
            if key not in self.expected or not hasattr(value, 'shape'):
                continue
            if key != name or not fits(self.expected[key], tuple(value.shape)):
                found[key] = tuple(value.shape)
        return found

    def _not_filled(self, filled: Set[str], mismatched: Dict[str, Shape]) -> Set[str]:
        """Keys without a value from the file: those that torch misses, and those that the network
        was handed back from itself. What torch fills in by itself is not among them.
        """
        rest = set(self.expected).difference(filled, mismatched)
        if not self._tables:
            return rest
        missed, given = set(self._missing).difference(mismatched), self._tables[-1]
        # What other code has filled since is not missed; a tied tensor is, by torch, under the
        # name that the table lacks.
        since = missed & filled
        twins = self._twins() if since else {}
        missed -= {key for key in since if not any(k in given for k in twins[key])}
        return missed | {key for key in rest if self._is_own(given.get(key))}

    def _is_own(self, value: Any) -> bool:
        return hasattr(value, 'shape') and not self.ledger.is_from_file(self.ledger.read(value))

    def _left_over(
        self,
        given: Dict[str, Any],
        filled: Tuple[str, ...],
        mismatched: Dict[str, Shape],
        table: Optional[str],
    ) -> Set[str]:
        """Names of the file that the network got nothing of."""
        ignored = {key + IGNORED for key in mismatched}
        left = set(self._unexpected).difference(ignored, mismatched)
        if self._tables and not any(self._is_own(value) for value in given.values()):
            return left  # torch says all of it
        used = {
            origin.key
            for key in filled
            for origin in self.ledger.source(key, self._state[key], table).origins
        }
        unused = set(self._names_in_table(table)) - used
        return left | set(map(stripped, unused)).difference(mismatched)

    def _names_in_table(self, table: Optional[str]) -> Iterator[str]:
        for opening in self._shelf.openings[self._opened :]:
            yield from (key for name, key, _ in named_tensors(opening.value) if name == table)

    def _table_name(self, openings: List[Opening]) -> Optional[str]:
        """Dotted name of the table that was used, None where the call ended before.

        The same mapping may stand in the file under two names (params and params_ema saved from one
        object): then the name that was asked for counts.
        """
        names = [one.table for one in self._names_used()]
        if names:
            return (
                self._asked if self._asked in names else max(dict.fromkeys(names), key=names.count)
            )
        if not self._tables:
            return None
        there = self._names_of_table(openings)
        if there:
            return self._asked if self._asked in there else there[0]
        root = openings[-1].value if openings else None
        return self._asked if isinstance(root, dict) and self._asked in root else ''

    def _names_of_table(self, openings: List[Opening]) -> List[str]:
        """Where what was handed over stands in the first file that has it."""
        for opening in openings:
            there = [n for n, mapping in mappings(opening.value) if mapping is self._tables[-1]]
            if there:
                return there
        return []

    def _names_used(self) -> Iterator[FileTensor]:
        """Names of the tensors of files that were handed over, or that the network now has."""
        tensors = [v for table in self._tables[-1:] for v in table.values() if hasattr(v, 'shape')]
        tensors += [
            tensor for tensor in self._state.values() if self.ledger.stamp(tensor) > self._started
        ]
        for tensor in tensors:
            yield from self.ledger.names_in(self.ledger.read(tensor))


def _said(error: Optional[BaseException]) -> Tuple[str, str]:
    if error is None:
        return '', ''
    return type(error).__name__, text_of(error)[:MESSAGE_CHARACTERS]


def _keys(sources: List[TensorSource], *kinds: str) -> Tuple[str, ...]:
    """The network's keys of tensors that come from the file in one of these ways, each once."""
    return tuple(dict.fromkeys(one.key for one in sources if one.kind in kinds))


def observed(
    call: Callable[[], Any], observation: Observation, by: str
) -> Tuple[Outcome, Any, Optional[BaseException]]:
    """Make a call; (what it did, what it returned, the exception that it ended with)."""
    result, error = None, None
    with captured_log() as lines:
        try:
            result = call()
        except (Exception, SystemExit) as raised:  # whatever the load raises is the outcome
            error = raised
    with plain_functions():
        return observation.outcome(error, by, lines), result, error


def needs_memory(shelf: Shelf, error: Optional[BaseException]) -> bool:
    """A call on 'meta' that ended so has to be made with tensors in memory as well."""
    # These say nothing of memory: names, sizes, files.
    said_by_torch = str(error).startswith('Error(s) in loading state_dict')
    same = error is None or said_by_torch or isinstance(error, SAME_IN_MEMORY)
    return shelf.wants_memory or not same


def spied(
    ledger: Ledger,
    now: Callable[[], Optional[Observation]],
    by_itself: Optional[Callable[..., Any]] = None,
) -> Iterator[Tuple[Any, str, Any]]:
    """(class, name, what replaces it) that tell an observation what load_state_dict is given.

    Args:
        ledger: where marks are kept.
        now: the call that is being made, None where none is.
        by_itself: makes a call of load_state_dict that belongs to none: (the method, network, its
            arguments).
    """
    import torch

    original = torch.nn.Module.load_state_dict

    @functools.wraps(original)
    def handed_over(self: Any, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
        observation = now()
        with _torch_lists() as (missing, unexpected), _kept(self, state_dict, ledger):
            try:
                return original(self, state_dict, *args, **kwargs)
            finally:
                if observation is not None and observation.network is self:
                    observation.handed_over(state_dict, missing, unexpected)

    @functools.wraps(original)
    def load_state_dict(self: Any, *args: Any, **kwargs: Any) -> Any:
        observation = now()
        if observation is None and by_itself is not None:
            return by_itself(handed_over, self, *args, **kwargs)
        if observation is not None and observation.network is self:
            return handed_over(self, *args, **kwargs)
        return original(self, *args, **kwargs)

    yield torch.nn.Module, 'load_state_dict', load_state_dict


@contextmanager
def _kept(network: Any, table: Any, ledger: Ledger) -> Iterator[None]:
    """Tensors that the table lacks and torch fills in keep what is known of them.

    A batch norm's counter is handed back to itself, but on 'meta' it gets a new one.
    Source: torch/nn/modules/batchnorm.py `_NormBase._load_from_state_dict` (2.0 to 2.13).
    """
    known = set(table.keys()) if hasattr(table, 'keys') else set()
    with plain_functions():
        rest = [tensor for key, tensor in _tensors_of(network).items() if key not in known]
        before = [
            (tensor.detach(), ledger.read(tensor))  # its storage, whatever the load puts in place
            for tensor in rest
            if ledger.is_from_file(ledger.read(tensor))
        ]
    try:
        yield
    finally:
        for tensor, marks in before:
            if not ledger.is_from_file(ledger.read(tensor)):
                ledger.write(tensor, marks)


@contextmanager
def _torch_lists() -> Iterator[Tuple[List[str], List[str]]]:
    """The lists of missing and unexpected keys that load_state_dict makes, whatever it does then.

    Source: torch/nn/modules/module.py `load_state_dict` (1.8 to 2.13) hands one list of each to
    `_load_from_state_dict` of every module.
    """
    import torch

    original = torch.nn.Module._load_from_state_dict
    missing: List[str] = []
    unexpected: List[str] = []
    found: List[Tuple[List[str], List[str]]] = []

    def spy(self: Any, state_dict: Any, prefix: Any, local: Any, strict: Any, *lists: Any) -> Any:
        if not found:
            found.append((lists[0], lists[1]))
            put_back()  # there are as many calls as modules
        return original(self, state_dict, prefix, local, strict, *lists)

    def put_back() -> None:
        torch.nn.Module._load_from_state_dict = original  # type: ignore[method-assign, unused-ignore]

    torch.nn.Module._load_from_state_dict = spy  # type: ignore[method-assign, unused-ignore]
    try:
        yield missing, unexpected
    finally:
        put_back()
        for mine, theirs in zip((missing, unexpected), found[0] if found else ()):
            mine += theirs


def _tensors_of(network: Any) -> Dict[str, Any]:
    """The tensors of a state dict; extra state of modules, which need not be any, left out.

    They are the network's own: a state dict of detached ones is an operation of torch for each.
    """
    import torch

    state = network.state_dict(keep_vars=True)
    return {key: value for key, value in state.items() if isinstance(value, torch.Tensor)}


def _sorted(keys: Any) -> Tuple[str, ...]:
    return in_order(set(map(str, keys)))


def text_of(error: BaseException) -> str:
    """The text of an exception; of a SystemExit what it ends the process with."""
    if isinstance(error, SystemExit) and not isinstance(error.code, str):
        return f'exit code {error.code if error.code is not None else 0}'
    return str(error)


@contextmanager
def captured_log() -> Iterator[List[str]]:
    """What is logged, to whichever logger: a framework makes one of its own, often meanwhile."""
    lines: List[str] = []
    real = logging.Logger.callHandlers

    def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
        lines.append(record.getMessage())
        real(logger, record)

    logging.Logger.callHandlers = call_handlers  # type: ignore[assignment, method-assign]
    try:
        yield lines
    finally:
        logging.Logger.callHandlers = real  # type: ignore[method-assign]


def _stable(lines: List[str]) -> Tuple[str, ...]:
    """BasicSR logs sets in random order: sort each run of lines of one kind."""

    def kind(line: str) -> str:
        return '  ' if line.startswith('  ') else line.split(' [')[0][:40]

    ordered: List[str] = []
    for _, run in groupby(lines, kind):
        ordered += sorted(run, key=natural)
    return tuple(ordered)
