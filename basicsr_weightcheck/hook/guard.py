"""Around one call that loads a file into a network: examine, decide, load, verify.

A defect in here never stops a training: it is logged as "could not check", and the load goes on.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Set, Tuple

from basicsr_weightcheck.errors import TrainingStopped
from basicsr_weightcheck.hook import board, deliver, install, ranks, verify
from basicsr_weightcheck.hook.examine import Examined, examine, stamp_at
from basicsr_weightcheck.hook.shadow import doubles
from basicsr_weightcheck.hook.situation import LiveCall, policy_of
from basicsr_weightcheck.messages.lookup import language
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.findings import ERROR, Finding
from basicsr_weightcheck.records.plans import STOP
from basicsr_weightcheck.rehearsal.network import bare_network, has_shape
from basicsr_weightcheck.rules.catalog import title_of

LOCK_S = 60.0  # a load that waits for a load of another thread, which waits for it

_lock = threading.Lock()  # a trial replaces functions of torch for as long as it takes
_inside = threading.local()
_loading: Dict[int, List[Any]] = {}  # modules that loads fill just now, from whatever thread


class Before(NamedTuple):
    """How a network stands before a load.

    Attributes:
        kept: copies of the tensors that the load should leave alone.
        odd: keys of buffers that are not finite by design.
    """

    kept: Dict[str, Any] = {}
    odd: FrozenSet[str] = frozenset()


def guarded(wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
    """Stand in for a bound method that loads a file (wrapt's signature of a wrapper).

    Raises:
        TrainingStopped: the load would start the training on the wrong weights.
    """
    is_trial = getattr(_inside, 'is_busy', False) or any(model is one for one in doubles)
    call = None if is_trial else LiveCall.of(wrapped, model, args, kwargs)
    # Or an override that calls its parent, or no load at all.
    filled = list(bare_network(call.network).modules()) if call is not None else []
    if call is None or any(filled[0] is one for each in [*_loading.values()] for one in each):
        return wrapped(*args, **kwargs)
    # A data loader or a second model may load in another thread.
    with _turn() as free:
        if free:
            known = _before(call)
        else:
            deliver.tell('hook-busy', logging.WARNING, seconds=f'{LOCK_S:g}')
    # One of another network that is made within it, by whatever thread, has a turn of its own.
    _loading[id(filled)] = filled
    try:
        result = wrapped(*args, **kwargs)
    finally:
        del _loading[id(filled)]
    if free:
        with _turn():
            _after(call, *known)
    return result


@contextmanager
def _turn() -> Iterator[bool]:
    """One load at a time, and none of the hook's own; False where the turn does not come."""
    free = _lock.acquire(timeout=LOCK_S)
    before, _inside.is_busy = getattr(_inside, 'is_busy', False), True
    try:
        yield free
    finally:
        _inside.is_busy = before
        if free:
            _lock.release()


def _before(call: LiveCall) -> Tuple[Optional[Examined], Before, Tuple[str, ...]]:
    """Rank 0 examines; every rank gets the verdict; all stop together.

    Returns:
        what rank 0 knows, how its network stands, and the tensors of net_g_ema that the file leaves
        random, on every rank.
    """
    install.used = True
    examined: Optional[Examined] = None
    verdict: Dict[str, Any] = {'stop': '', 'random': []}
    with deliver.failures_told('hook-do-check'):
        if ranks.rank() == 0:
            examined = _examined(call)
        if examined is not None:
            verdict['stop'] = _judge(examined, call.model)
            if examined.step.network == 'net_g_ema':
                verdict['random'] = examined.not_loaded
    # Also where the examination failed: the other ranks wait for a word.
    verdict = _heard('before', verdict)
    before = Before()
    with deliver.failures_told('hook-do-keep'):
        if examined is not None:
            network = examined.network
            before = Before(verify.keep(network, examined.not_loaded), verify.odd_buffers(network))
    return examined, before, tuple(verdict['random'])


def _examined(call: LiveCall) -> Optional[Examined]:
    """None where only the first step can tell what the network got."""
    lazy = [key for key, one in bare_network(call.network).named_parameters() if not has_shape(one)]
    if lazy:
        deliver.tell('hook-lazy', logging.WARNING, count=count(len(lazy)), first=lazy[0])
        return None
    examined = examine(call, policy_of(call.model).min_loaded)
    only_noted = examined.outcome.loads and not examined.outcome.opened  # the path, for later
    return None if only_noted else examined


def _heard(name: str, verdict: Dict[str, Any]) -> Dict[str, Any]:
    """The verdict of rank 0, in every process; its own where that cannot be heard."""
    with deliver.failures_told('hook-do-hear'):
        verdict = ranks.broadcast(name, verdict)
    if verdict['stop']:
        raise TrainingStopped(verdict['stop'])
    return verdict


def _judge(examined: Examined, model: Any) -> str:
    """Write and say what was found; the message that ends the training, '' to go on."""
    for finding in examined.findings:
        board.say(finding)
    return _decide(examined, why_stop(examined), model)


def _decide(examined: Examined, reason: str, model: Any) -> str:
    policy, report, step = policy_of(model), examined.report, examined.step
    folder = board.write_files(report, policy.reports)
    if 'html' in policy.reports and folder:
        with deliver.failures_told('hook-do-page'):
            board.write_page(report, folder)
    with deliver.failures_told('hook-do-board'):
        board.show(report)
    if not reason:
        return ''
    facts = {'network': step.network, 'path': step.load_path, 'reason': reason}
    text = deliver.words('hook-reason', **facts)
    if folder:
        place = os.path.join(folder, f'{step.network}.txt')
        text = f'{text} {deliver.words("hook-recommendation", path=place)}'
    if policy.on_error != STOP:
        deliver.tell('hook-goes-on', logging.WARNING, text=text)
        return ''
    deliver.tell('hook-stopping', logging.ERROR, text=text)
    board.screen(report)
    return deliver.words('hook-stops', text=text)


def why_stop(examined: Examined) -> str:
    """The reason not to start on these weights, '' when there is none."""
    for finding in examined.findings:
        if finding.severity == ERROR:
            return _title(finding)
    if not examined.outcome.loads:
        return examined.outcome.error or deliver.words('hook-load-fails')
    return ''


def _title(finding: Finding) -> str:
    return f'{finding.code} {title_of(finding.code, language(None))}'


def _after(
    call: LiveCall, examined: Optional[Examined], before: Before, random: Tuple[str, ...]
) -> None:
    """Rank 0 verifies; every rank gets the verdict, as before the load."""
    stop = ''
    with deliver.failures_told('hook-do-verify'):
        if examined is not None:
            stop = _verified(call, examined, before)
    _heard('after', {'stop': stop})
    with deliver.failures_told('look-do-look'):
        if examined is not None:
            verify.remember(call.model, examined.report, examined.network)
    with deliver.failures_told('hook-do-ema'):
        if random:
            _look_at_ema(call.model, call.network, random)


def _verified(call: LiveCall, examined: Examined, before: Before) -> str:
    """The message that ends the training, '' to go on."""
    path = examined.step.load_path
    stamp = stamp_at(path)
    if stamp is None and examined.stamp is not None:  # what was loaded cannot be told any more
        deliver.tell('hook-gone', logging.WARNING, path=path, network=examined.step.network)
        return _judge_values(call, examined, before.odd)
    if stamp != examined.stamp:
        deliver.tell('hook-changed', logging.WARNING, path=path)
        examined = examine(call, policy_of(call.model).min_loaded)
        stop = _judge(examined, call.model)
        if stop:
            return stop
        # What the other file fills need not be as it was before.
        left = set(examined.not_loaded)
        before = before._replace(kept={k: v for k, v in before.kept.items() if k in left})
    if examined.header is not None:
        _verify(examined, before.kept)
    return _judge_values(call, examined, before.odd)


def _verify(examined: Examined, kept: Dict[str, Any]) -> None:
    header, outcome = examined.header, examined.outcome
    assert header is not None
    held = [key for key in outcome.loaded if key not in set(outcome.derived)]
    names, table = dict(outcome.origins), outcome.key_used or ''
    result = verify.verify(examined.network, header, table, held, kept, names)
    facts = _counted(examined, set(result.equal))
    if not result.holds:
        deliver.tell('hook-not-verified', logging.WARNING, **facts, trouble=_trouble(result))
    elif outcome.loaded or outcome.partial:
        deliver.tell('hook-verified', logging.INFO, **facts)
    else:
        deliver.tell('hook-nothing', logging.WARNING, **facts)


def _counted(examined: Examined, equal: Set[str]) -> Dict[str, str]:
    """How much of a network is proven to be the file's, in words."""
    step, tensors = examined.step, examined.spec.tensors
    parameters = [spec for spec in tensors if spec.is_parameter]
    total = sum(spec.count for spec in parameters)
    proven = sum(spec.count for spec in parameters if spec.key in equal)
    table = examined.outcome.key_used or 'root'
    return {
        'network': step.network,
        'equal': count(len(equal)),
        'all': count(len(tensors)),
        'fraction': share(proven / total if total else 1.0),
        'place': f'{os.path.basename(step.load_path)}[{table}]',
    }


def _trouble(result: verify.Verification) -> str:
    parts = []
    for words, keys in (
        ('hook-different', result.different),
        ('hook-unread', result.unread),
        ('hook-touched', result.touched),
    ):
        if keys:
            parts.append(deliver.words(words, count=count(len(keys)), first=keys[0]))
    return ', '.join(parts)


def _judge_values(call: LiveCall, examined: Examined, odd: FrozenSet[str]) -> str:
    """As `_judge`, of what the values tell."""
    if not policy_of(call.model).check_values:
        return ''
    outcome = examined.outcome
    health = verify.measure(examined.network, [*outcome.loaded, *dict(outcome.partial)], odd)
    if not health.tensors:
        return ''
    known = {examined.step.network: health}
    examined = examined.with_values(known)
    found = [finding for finding in examined.findings if finding.code in verify.RULES]
    for finding in found:
        board.say(finding)
    return _decide(examined, _title(found[0]), call.model) if found else ''


def _look_at_ema(model: Any, network: Any, random: Tuple[str, ...]) -> None:
    """Every rank has its own net_g_ema, so every rank aligns; rank 0 speaks."""
    bare = bare_network(network)
    keys = verify.differing(model, bare, random)
    if not keys:
        return
    aligns = policy_of(model).align_ema
    if aligns:
        verify.align(model, bare, keys)
    if ranks.rank() == 0:
        code, level = ('hook-aligned', logging.INFO) if aligns else ('hook-random', logging.WARNING)
        deliver.tell(code, level, count=count(len(keys)), first=keys[0])
