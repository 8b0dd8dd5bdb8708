"""Run the framework itself: the model's real constructor, real tensors, real files."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Tuple

MISSING = re.compile(r'Missing key\(s\) in state_dict: (.*?)\. *$', re.M)
UNEXPECTED = re.compile(r'Unexpected key\(s\) in state_dict: (.*?)\. *$', re.M)
RESIZED = re.compile(
    r'size mismatch for (\S+): copying a param with shape torch\.Size\(\[(.*?)\]\) from '
    r'checkpoint, the shape in current model is torch\.Size\(\[(.*?)\]\)'
)


@dataclass
class RealCall:
    """What one real load_network call did."""

    network: str
    error: str = ''
    message: str = ''
    missing: List[str] = field(default_factory=list)
    unexpected: List[str] = field(default_factory=list)
    mismatched: List[Tuple[str, Tuple[int, ...], Tuple[int, ...]]] = field(default_factory=list)


def is_clean(call: RealCall) -> bool:
    """The load ran, and every tensor of both sides was used."""
    return not (call.error or call.missing or call.unexpected or call.mismatched)


def run_real_training_start(model_class: Any, opt: Dict[str, Any]) -> List[RealCall]:
    """Construct the model and return its load calls, up to the first that raises."""
    calls: List[RealCall] = []
    with _recorded_loads(model_class, calls):
        try:
            model_class(opt)
        except Exception as error:
            if not calls or calls[-1].error != type(error).__name__:
                raise
    return calls


@contextmanager
def _recorded_loads(model_class: Any, calls: List[RealCall]) -> Iterator[None]:
    original = model_class.load_network

    def load_network(self: Any, net: Any, *args: Any, **kwargs: Any) -> Any:
        name = next((key for key, value in vars(self).items() if value is net), '?')
        call = RealCall(name)
        calls.append(call)
        try:
            with _recorded_state_dict(net, call):
                return original(self, net, *args, **kwargs)
        except Exception as error:
            call.error, call.message = type(error).__name__, str(error)
            raise

    model_class.load_network = load_network
    try:
        yield
    finally:
        model_class.load_network = original


@contextmanager
def _recorded_state_dict(net: Any, call: RealCall) -> Iterator[None]:
    original = net.load_state_dict

    def load_state_dict(state_dict: Any, *args: Any, **kwargs: Any) -> Any:
        shapes = {k: tuple(v.shape) for k, v in state_dict.items() if hasattr(v, 'shape')}
        expected = {k: tuple(v.shape) for k, v in net.state_dict().items()}
        try:
            result = original(state_dict, *args, **kwargs)
        except RuntimeError as error:
            _from_message(str(error), call)
            raise
        _from_result(result, shapes, expected, call)
        return result

    object.__setattr__(net, 'load_state_dict', load_state_dict)
    try:
        yield
    finally:
        object.__delattr__(net, 'load_state_dict')


def _from_message(message: str, call: RealCall) -> None:
    call.missing = _names(MISSING, message)
    call.unexpected = _names(UNEXPECTED, message)
    for key, found, expected in RESIZED.findall(message):
        call.mismatched.append((key, _shape(expected), _shape(found)))


def _from_result(result: Any, shapes: Any, expected: Any, call: RealCall) -> None:
    ignored = [key[: -len('.ignore')] for key in result.unexpected_keys if key.endswith('.ignore')]
    call.missing = [key for key in result.missing_keys if key not in ignored]
    call.unexpected = [key for key in result.unexpected_keys if not key.endswith('.ignore')]
    call.mismatched = [(key, expected[key], shapes[key + '.ignore']) for key in ignored]


def _names(pattern: re.Pattern[str], message: str) -> List[str]:
    match = pattern.search(message)
    return re.findall(r'"(.*?)"', match.group(1)) if match else []


def _shape(text: str) -> Tuple[int, ...]:
    return tuple(int(size) for size in text.split(',') if size.strip())
