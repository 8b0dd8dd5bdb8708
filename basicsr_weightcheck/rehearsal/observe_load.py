"""Run one load_network call on a weightless network and record everything it does."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from contextlib import contextmanager
from itertools import groupby
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from basicsr_weightcheck.records.outcomes import Mismatch, Outcome
from basicsr_weightcheck.rehearsal.weightless_load import WeightlessLoad

IGNORED = '.ignore'  # suffix that BasicSR gives to keys of another size when strict is off
MESSAGE_CHARACTERS = 200_000


class Observation:
    """What reached load_state_dict, filled in while the call runs."""

    def __init__(self, network: Any, loader: WeightlessLoad) -> None:
        self.network = network
        self.loader = loader
        self.expected = {key: tuple(v.shape) for key, v in network.state_dict().items()}
        self.table: Optional[Any] = None
        self.missing: Tuple[str, ...] = ()
        self.unexpected: Tuple[str, ...] = ()
        self.mismatched: Tuple[Mismatch, ...] = ()
        self.matched: Tuple[str, ...] = ()
        self.renamed: Tuple[Tuple[str, str], ...] = ()

    def see(self, table: Any, load: Callable[..., Any]) -> None:
        """Record the table that was handed over; `load` is the real method."""
        self.table = table
        found = {key: tuple(value.shape) for key, value in table.items() if _is_tensor(value)}
        wrong = [key for key, shape in found.items() if not _fits(self.expected.get(key), shape)]
        probe = OrderedDict((k, v) for k, v in table.items() if k not in wrong)
        if hasattr(table, '_metadata'):
            probe._metadata = table._metadata  # type: ignore[attr-defined]
        result = load(self.network, probe, strict=False)
        sizes = {key: found[key] for key in wrong}
        for key in result.unexpected_keys:
            name = key[: -len(IGNORED)]
            if key.endswith(IGNORED) and name in self.expected and key in found:
                sizes[name] = found[key]
        resized = set(sizes)
        self.mismatched = tuple(
            Mismatch(key, self.expected[key], sizes[key]) for key in sorted(resized, key=natural)
        )
        self.missing = _sorted(key for key in result.missing_keys if key not in resized)
        self.unexpected = _sorted(
            key
            for key in result.unexpected_keys
            if not (key.endswith(IGNORED) and key[: -len(IGNORED)] in resized)
        )
        self.matched = tuple(key for key in self.expected if key in found and key not in resized)
        self._see_names(table)

    def _see_names(self, table: Any) -> None:
        """Tell tensors of the file that stand under another name from the network's own."""
        names: Dict[int, List[str]] = {}  # tied tensors have several
        for name, value in _tensors(self.loader.returned):
            names.setdefault(id(value), []).append(name)
        taken = {key: names[id(value)] for key, value in table.items() if id(value) in names}
        self.renamed = tuple(
            (key, found[0])
            for key, found in taken.items()
            if key in self.expected and not {key, f'module.{key}'} & set(found)
        )
        if self.renamed:
            self.matched = tuple(key for key in self.matched if key in taken)


def observe_load(
    call: Callable[[], Any], network: Any, loader: WeightlessLoad, by: str, asked: Any
) -> Outcome:
    """Return what `call` (a bound load_network) does to `network`.

    Args:
        call: makes the call.
        network: what is loaded into.
        loader: stands in for torch.load.
        by: qualified name of the method.
        asked: the table that the call asks for, None for the root.
    """
    observation = Observation(network, loader)
    error: Optional[Exception] = None
    with _captured_log() as lines, _replaced_load(loader), _spied_state_dict(observation):
        try:
            call()
        except Exception as raised:  # whatever the load raises is the result
            error = raised
    return Outcome(
        loads=error is None,
        error=type(error).__name__ if error else '',
        message=str(error)[:MESSAGE_CHARACTERS] if error else '',
        by=by,
        key_used=_name_of(observation.table, loader.returned, asked),
        loaded=observation.matched if error is None else (),
        missing=observation.missing,
        unexpected=observation.unexpected,
        mismatched=observation.mismatched,
        log=_stable(lines),
        renamed=observation.renamed,
    )


def natural(key: str) -> Tuple[Any, ...]:
    """Sort key under which layer2 comes before layer10."""
    parts = re.split(r'(\d+)', key)
    return tuple((1, int(p), '') if p.isdigit() else (0, 0, p) for p in parts)


def _sorted(keys: Any) -> Tuple[str, ...]:
    return tuple(sorted(set(keys), key=natural))


def _is_tensor(value: Any) -> bool:
    return hasattr(value, 'shape')


def _fits(expected: Optional[Tuple[int, ...]], found: Tuple[int, ...]) -> bool:
    """Torch's own test; a 1-dim tensor goes into a 0-dim one (files of torch 0.3).

    Source: torch/nn/modules/module.py `_load_from_state_dict` (2.13).
    """
    if expected is None or expected == found:
        return True
    return expected == () and len(found) == 1


@contextmanager
def _replaced_load(loader: WeightlessLoad) -> Iterator[None]:
    import torch

    original = torch.load
    torch.load = loader
    try:
        yield
    finally:
        torch.load = original


@contextmanager
def _spied_state_dict(observation: Observation) -> Iterator[None]:
    import torch

    original = torch.nn.Module.load_state_dict

    def load_state_dict(self: Any, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
        if self is observation.network and hasattr(state_dict, 'items'):
            observation.see(state_dict, original)
        return original(self, state_dict, *args, **kwargs)

    torch.nn.Module.load_state_dict = load_state_dict  # type: ignore[method-assign, unused-ignore]
    try:
        yield
    finally:
        torch.nn.Module.load_state_dict = original  # type: ignore[method-assign, unused-ignore]


@contextmanager
def _captured_log() -> Iterator[List[str]]:
    lines: List[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger = logging.getLogger('basicsr')
    handler = Handler()
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


def _stable(lines: List[str]) -> Tuple[str, ...]:
    """BasicSR logs sets in random order: sort each run of lines of one kind."""

    def kind(line: str) -> str:
        return '  ' if line.startswith('  ') else line.split(' [')[0][:40]

    ordered: List[str] = []
    for _, run in groupby(lines, kind):
        ordered += sorted(run, key=natural)
    return tuple(ordered)


def _name_of(table: Any, root: Any, asked: Any) -> Optional[str]:
    """Dotted name of the mapping inside the file that was handed over, None if it never was.

    A file may hold one mapping under two names (params and params_ema saved from one object): then
    the name that was asked for counts. So it does for a loader that hands over a copy.
    """
    if table is None:
        return None
    names = [name for name, mapping in _mappings(root, '') if mapping is table]
    asked = '' if asked is None else str(asked)
    if names:
        return asked if asked in names else names[0]
    return asked if isinstance(root, dict) and asked in root else ''


def _tensors(root: Any) -> Iterator[Tuple[str, Any]]:
    """(last part of its name, tensor) of everything in the file."""
    for _, mapping in _mappings(root, ''):
        yield from ((str(k), v) for k, v in mapping.items() if _is_tensor(v))


def _mappings(value: Any, name: str) -> Iterator[Tuple[str, Any]]:
    if not isinstance(value, dict):
        return
    yield name, value
    for key, item in value.items():
        yield from _mappings(item, f'{name}.{key}' if name else str(key))
