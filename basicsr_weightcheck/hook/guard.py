"""Around one load_network call: examine, decide, load, verify.

A defect in here never stops a training: it is logged as "could not check", and the load goes on.
"""

from __future__ import annotations

import inspect
import logging
import os
import threading
import traceback
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

from basicsr_weightcheck.errors import TrainingStopped
from basicsr_weightcheck.hook import board, deliver, ema, loaded, ranks
from basicsr_weightcheck.hook.examine import Examined, examine, file_stamp, why_stop
from basicsr_weightcheck.hook.policy import STOP, Policy, read_policy
from basicsr_weightcheck.hook.shadow import bare_network
from basicsr_weightcheck.hook.verify import Verification, keep, verify
from basicsr_weightcheck.messages.numbers import count, share

_inside = threading.local()
_said: Set[str] = set()


def guarded(wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
    """Stand in for a bound load_network (wrapt's signature of a wrapper).

    Raises:
        TrainingStopped: the load would start the training on the wrong weights.
    """
    if getattr(_inside, 'active', False):  # an override that calls its parent
        return wrapped(*args, **kwargs)
    _inside.active = True
    try:
        bound = _bind(wrapped, model, args, kwargs)
        examined, random = _before(wrapped, model, bound)
        kept = _kept(examined)
        result = wrapped(*args, **kwargs)
        _after(examined, kept)
        if examined is not None:
            loaded.remember(model, examined.report)
        with harmless('look at net_g_ema'):
            if bound is not None and random:
                _look_at_ema(model, bound.arguments['net'], tuple(random))
        return result
    finally:
        _inside.active = False


def _bind(
    wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> Optional[inspect.BoundArguments]:
    function = getattr(wrapped, '__func__', wrapped)
    try:
        bound = inspect.signature(function).bind(model, *args, **kwargs)
    except (TypeError, ValueError):
        return None  # the call itself will say what is wrong with it
    bound.apply_defaults()
    return bound if {'net', 'load_path'} <= set(bound.arguments) else None


def _before(
    wrapped: Callable[..., Any], model: Any, bound: Optional[inspect.BoundArguments]
) -> Tuple[Optional[Examined], List[str]]:
    """Rank 0 examines; every rank gets the verdict, and all stop together.

    Returns:
        what rank 0 knows, and the tensors of net_g_ema that the file leaves random, on every rank.
    """
    examined: Optional[Examined] = None
    verdict: Dict[str, Any] = {'stop': '', 'random': []}
    with harmless('check'):
        if ranks.rank() == 0 and bound is not None:
            examined = examine(getattr(wrapped, '__func__', wrapped), model, bound)
            verdict['stop'] = _judge(examined, model)
            if examined.step.network == 'net_g_ema':
                verdict['random'] = examined.not_loaded
    with harmless('hear the verdict of rank 0'):
        verdict = ranks.share(verdict)
    if verdict['stop']:
        raise TrainingStopped(verdict['stop'])
    return examined, list(verdict['random'])


def _judge(examined: Examined, model: Any) -> str:
    """Write and say what was found; the message that ends the training, '' to go on."""
    policy = policy_of(model)
    reason = why_stop(examined, policy)
    deliver.say(examined.report)
    folder = deliver.write_files(examined.report, policy.reports)
    if 'html' in policy.reports and folder:
        with harmless('write the page'):
            deliver.write_page(examined.report, folder)
    with harmless('write to TensorBoard or wandb'):
        board.show(examined.report)
    if not reason:
        return ''
    step = examined.step
    where = f' Recommendation: {os.path.join(folder, step.network)}.txt' if folder else ''
    text = f'{step.network} from {step.load_path}: {reason}.{where}'
    if policy.on_error != STOP:
        deliver.log(f'goes on although {text}', logging.WARNING)
        return ''
    deliver.log(f'stops the training: {text}', logging.ERROR)
    deliver.screen(examined.report)
    return f'weightcheck stops the training before its first step: {text}'


def policy_of(model: Any) -> Policy:
    """The user's policy; what cannot be understood is said once."""
    policy, problems = read_policy(dict(getattr(model, 'opt', None) or {}), os.environ)
    for problem in problems:
        if problem not in _said:
            _said.add(problem)
            deliver.log(f'not understood, the default holds: {problem}', logging.WARNING)
    return policy


def _kept(examined: Optional[Examined]) -> Dict[str, Any]:
    kept: Dict[str, Any] = {}
    with harmless('keep the tensors that stay'):
        if examined is not None:
            kept = keep(examined.network, examined.not_loaded)
    return kept


def _after(examined: Optional[Examined], kept: Dict[str, Any]) -> None:
    with harmless('verify'):
        if examined is not None and examined.header is not None:
            _verify(examined, kept)


def _verify(examined: Examined, kept: Dict[str, Any]) -> None:
    step, header, outcome = examined.step, examined.header, examined.outcome
    assert header is not None
    if file_stamp(step.load_path) != examined.stamp:
        deliver.log(
            f'{step.network} not verified: {step.load_path} changed while it was loaded',
            logging.WARNING,
        )
        return
    computed = set(outcome.derived)
    held = [key for key in outcome.loaded if key not in computed]
    names = dict(outcome.origins)
    result = verify(examined.network, header, outcome.key_used or '', held, kept, names)
    loaded = set(result.equal)
    elements = [spec for spec in examined.spec.tensors if spec.is_parameter]
    total = sum(spec.count for spec in elements)
    equal = sum(spec.count for spec in elements if spec.key in loaded)
    fraction = share(equal / total if total else 1.0)
    where = f'{os.path.basename(step.load_path)}[{outcome.key_used or "root"}]'
    counts = f'{count(len(result.equal))} of {count(len(examined.spec.tensors))} tensors'
    text = f'{counts} ({fraction} of parameters) equal to {where}'
    if result.holds:
        deliver.log(f'{step.network} verified, {text}')
    else:
        deliver.log(f'{step.network} NOT verified, {text}; {_trouble(result)}', logging.WARNING)


def _trouble(result: Verification) -> str:
    parts = []
    for words, keys in (
        ('differ from the file', result.different),
        ('could not be read', result.unread),
        ('were changed although the file lacks them', result.touched),
    ):
        if keys:
            parts.append(f'{count(len(keys))} {words} (first: {keys[0]})')
    return ', '.join(parts)


def _look_at_ema(model: Any, network: Any, random: Tuple[str, ...]) -> None:
    """Every rank has its own net_g_ema, so every rank aligns; rank 0 speaks."""
    bare = bare_network(network)
    keys = ema.differing(model, bare, random)
    if not keys:
        return
    text = f'net_g_ema got the values of net_g for {count(len(keys))} tensors'
    level = logging.INFO
    if policy_of(model).align_ema:
        ema.align(model, bare, keys)
    else:
        text = (
            f'net_g and net_g_ema start with different random values in {count(len(keys))} '
            f'tensors that the file lacks (first: {keys[0]}); validation uses net_g_ema. '
            'weightcheck: {align_ema: true} makes them equal.'
        )
        level = logging.WARNING
    if ranks.rank() == 0:
        deliver.log(text, level)


@contextmanager
def harmless(what: str) -> Iterator[None]:
    """A defect of the hook, or a surprise of the user's code, inside: said, never raised."""
    try:
        yield
    except Exception as error:
        deliver.log(f'could not {what}: {type(error).__name__}: {error}', logging.WARNING)
        if os.environ.get('WEIGHTCHECK_DEBUG'):
            traceback.print_exc()
