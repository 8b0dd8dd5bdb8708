"""The truth: a model's own constructor on real tensors, and what stands in its networks then."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import os
from typing import Any, Dict, List, NamedTuple

from tests.provenance.values import Truth, Values, flat_name, networks_of

LONG = 1000  # characters of a message; more may be cut off


class RealStart(NamedTuple):
    """How a training really starts.

    Attributes:
        error: class name of the exception that the constructor ends with, '' when it does not.
        message: its text.
        tensors: {attribute.key: where its value is from}, {} when it stops.
    """

    error: str
    message: str
    tensors: Dict[str, Truth]


class _Stop(NamedTuple):
    error: str
    message: str


def start(model_class: Any, options: Dict[str, Any], values: Values) -> RealStart:
    """Construct the model; nothing of the framework or of torch is touched."""
    options = training_options(options)
    try:
        with quiet():
            model = model_class(options)
    except (Exception, SystemExit) as error:
        return RealStart(type(error).__name__, str(error), {})
    found = {
        flat_name(network, key): values.of(value)
        for network, module in networks_of(model).items()
        for key, value in module.state_dict().items()
    }
    return RealStart('', '', found)


def training_options(options: Dict[str, Any]) -> Dict[str, Any]:
    """What the framework's own parser adds before the model is built."""
    parsed = copy.deepcopy(options)
    parsed.update(is_train=True, dist=False, rank=0, world_size=1, auto_resume=False)
    return parsed


@contextlib.contextmanager
def quiet() -> Any:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(before)


def compare(case: str, real: RealStart, rehearsal: Any) -> List[str]:
    """The disagreements between a real start and the rehearsal of the same options."""
    stop = rehearsal.stop
    if rehearsal.failure.startswith('network-') and real.error:  # inside a network's constructor
        stop = _Stop(rehearsal.failure_error, rehearsal.failure_message)
    elif rehearsal.failure:
        return [f'{case}: not rehearsed: {rehearsal.failure} {rehearsal.failure_message[:200]}']
    if real.error or stop is not None:
        return _compare_stops(case, real, stop)
    said = {
        flat_name(one.network, source.key): source
        for one in rehearsal.sources
        for source in one.tensors
    }
    found = [f'{case}: {name}: not named' for name in real.tensors if name not in said]
    found += [f'{case}: {name}: no such tensor' for name in said if name not in real.tensors]
    for name, truth in real.tensors.items():
        if name in said and not _agree(truth, said[name]):
            found.append(f'{case}: {name}: said {_shown(said[name])}, really {_really(truth)}')
    return found


def _compare_stops(case: str, real: RealStart, stop: Any) -> List[str]:
    said = '' if stop is None else stop.error
    if said != real.error:
        text = '' if stop is None else stop.message
        return [
            f'{case}: said to {_ends(said, text)}, really {_ends(real.error, real.message)}'
        ]  # fmt: skip
    if real.message.startswith('Error(s) in loading') and not _same(real.message, stop.message):
        return [f'{case}: stops with {stop.message[:160]!r}, really {real.message[:160]!r}']
    return []


def _same(real: str, said: str) -> bool:
    """What is said may be cut off, and safetensors writes its lines in a way of its own."""
    whole, part = ' '.join(real.split()), ' '.join(said.split())
    return whole == part or (len(said) >= LONG and whole.startswith(part))


def _ends(error: str, message: str) -> str:
    return f'stop with {error} ({message[:160]})' if error else 'start'


def _agree(truth: Truth, said: Any) -> bool:
    kinds = ('whole', 'derived') if truth.is_cut else (truth.kind,)
    if said.kind not in kinds or said.elements != truth.elements:
        return False
    names = [frozenset([(_path(one.path), one.table, one.key)]) for one in said.origins]
    left = {
        frozenset((_path(one.path), one.table, one.key) for one in names) for names in truth.origins
    }
    for name in names:
        fitting = next((one for one in left if name <= one), None)
        if fitting is None:
            return False
        left.discard(fitting)
    return not left


def _path(path: str) -> str:
    return os.path.abspath(path) if os.sep in path else ''  # of a file that was read as bytes


def _shown(said: Any) -> str:
    names = ', '.join(f'{os.path.basename(o.path)}[{o.table}]{o.key}' for o in said.origins)
    return f'{said.kind} {said.elements} of ({names})'


def _really(truth: Truth) -> str:
    one_each = [sorted(names)[-1] for names in truth.origins]
    names = ', '.join(f'{os.path.basename(o.path)}[{o.table}]{o.key}' for o in sorted(one_each))
    return f'{truth.kind} {truth.elements} of ({names})'
