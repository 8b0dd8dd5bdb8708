"""Before the first iteration: what the network does to the first picture that the training feeds.

One pass of one sample on rank 0, in eval mode, after which everything is as it was. Before it is
told what stands in networks that a file is named for, and whose load nobody has seen.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import weakref
from typing import Any, Callable, Collection, Dict, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.read import accepted_header
from basicsr_weightcheck.errors import NotLookedAt, TrainingStopped
from basicsr_weightcheck.hook import board, deliver, install, ranks
from basicsr_weightcheck.hook.situation import options_of, planned_steps, policy_of
from basicsr_weightcheck.hook.verify import held_parameters, same_bits, take
from basicsr_weightcheck.messages.lookup import label, language, spoken
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.looks import Look, makes_pictures
from basicsr_weightcheck.records.plans import OFF, STOP
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rehearsal.network import bare_network
from basicsr_weightcheck.report.check.words import result
from basicsr_weightcheck.rules.catalog import message
from basicsr_weightcheck.rules.run import load_findings
from basicsr_weightcheck.version import installed_version

SPOILS = 'WC606'
BATCH = (('lq', 'gt'), ('L', 'H'))  # names that models keep the batch under
# Weak: nothing of the hook keeps a model in memory.
_begun: weakref.WeakSet[Any] = weakref.WeakSet()


class Seen(NamedTuple):
    """A look, and what stands beside each other: (name of a row, its picture's pixels)."""

    look: Look
    pictures: Tuple[Tuple[str, Any], ...]


def before_first_iteration(
    wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> Any:
    """Stand in for a bound optimize_parameters (wrapt's signature of a wrapper).

    Raises:
        TrainingStopped: the policy is 'stop', and a network spoils the picture.
    """
    if _begins(model):
        _before_training(model)
    return wrapped(*args, **kwargs)


def _begins(model: Any) -> bool:
    """Its first iteration; False for a model that cannot be remembered."""
    try:
        begins = model not in _begun
        _begun.add(model)
    except TypeError:  # it has no hash, or no place for a weak reference
        return False
    return begins


def _before_training(model: Any) -> None:
    policy, reason, reports = OFF, '', take(model)
    with deliver.failures_told('hook-do-verify'):
        if ranks.rank() == 0:
            _tell_unwatched(model, reports)
    with deliver.failures_told('look-do-look'):
        policy = policy_of(model).first_look
        if ranks.rank() == 0 and policy != OFF:
            reason = _look_at_all(model, reports)
    # A look that only warns is a matter of rank 0: the others need not wait for it.
    if policy != STOP:
        return
    with deliver.failures_told('hook-do-hear'):
        reason = ranks.broadcast('first look', reason)
    if reason:
        raise TrainingStopped(deliver.words('hook-stops', text=reason))


def _tell_unwatched(model: Any, watched: Collection[str]) -> None:
    """Whatever loads them, static, decorated or set later: what counts is what they start with."""
    for step in planned_steps(model, options_of(model)):
        network = bare_network(getattr(model, step.network, None))
        if network is None or step.network in watched:
            continue
        with deliver.failures_told('hook-do-verify'):
            header = accepted_header(step.load_path, installed_version('torch') or '')
            sizes, held = held_parameters(network, header)
            install.used = True
            level = logging.INFO if len(held) == len(sizes) else logging.WARNING
            deliver.tell(
                'hook-unwatched', level, network=step.network, option=step.path_option,
                equal=count(len(held)), all=count(len(sizes)), path=step.load_path,
                fraction=share(sum(sizes[key] for key in held) / (sum(sizes.values()) or 1)),
            )  # fmt: skip


def _look_at_all(model: Any, reports: Dict[str, CheckReport]) -> str:
    """Look at each network that a file went into; why a training that is to stop has to."""
    reasons: List[str] = []
    seen: List[Any] = []
    for name, report in reports.items():
        network = bare_network(getattr(model, name, None))
        with deliver.failures_told('look-do-look'):
            if network is None or not makes_pictures(name):
                continue
            if not any(_equal(network, one) for one in seen):  # net_g_ema may start as net_g does
                seen.append(network)
                reasons.append(_look_at(model, name, network, report))
    return ' '.join(reason for reason in reasons if reason)


def _equal(one: Any, other: Any) -> bool:
    """Two networks of one class with the same values: what one does the other does."""
    mine, theirs = one.state_dict(), other.state_dict()
    if type(one) is not type(other) or list(mine) != list(theirs):
        return False
    return all(same_bits(value, theirs[key]) for key, value in mine.items())


def _look_at(model: Any, name: str, network: Any, report: CheckReport) -> str:
    lang = language(None)
    try:
        seen = _seen(model, name, network)
    except NotLookedAt as error:
        why = label('look-not-made', lang, why=spoken(error.what, lang))
        deliver.log(f'{name}: {why}')
        return ''
    looked = _with_look(report, seen.look)
    spoils = next((one for one in looked.all_findings if one.code == SPOILS), None)
    deliver.log(_line(seen.look, lang), logging.WARNING if spoils else logging.INFO)
    if spoils is not None:
        board.say(spoils)
    with deliver.failures_told('look-do-write'):
        _deliver(looked, seen, policy_of(model).reports)
    return message(spoils, lang) if spoils is not None else ''


def _seen(model: Any, name: str, network: Any) -> Seen:
    """Raises NotLookedAt where the first sample cannot be put through the network."""
    from basicsr_weightcheck.look.measure import as_row, measure, nothing_done
    from basicsr_weightcheck.look.picture import as_png, first_sample, pixels

    sample = first_sample(*_batch(model), network)
    measured, nothing = measure(network, sample), nothing_done(sample)
    pictures = {'input': sample.lq, 'output': measured.output}
    if sample.gt is not None:
        pictures['target'] = sample.gt
    drawn = {title: pixels(one, measured.limits) for title, one in pictures.items()}
    rows = [as_row('configured', '', [measured])]
    if nothing is not None:
        rows.append(as_row('nothing', '', [nothing]))
    height, width = sample.lq.shape[-2:]
    look = Look(
        name, 'look-source-batch', ('',), (height, width), sample.scale, tuple(rows), '',
        as_png(drawn['input']), as_png(drawn['target']) if 'target' in drawn else b'',
    )  # fmt: skip
    return Seen(look, tuple(drawn.items()))


def _batch(model: Any) -> Tuple[Any, Any]:
    """(input, target) that the training has fed; the target is None where there is none."""
    for lq, gt in BATCH:
        if hasattr(model, lq):
            return getattr(model, lq), getattr(model, gt, None)
    return None, None


def _with_look(report: CheckReport, look: Look) -> CheckReport:
    """The report of a load with its look, and with what that tells."""
    loads = []
    for load in report.loads:
        if load.step.network == look.network:
            load = dataclasses.replace(load, look=look)
            told = load_findings(load, report)
            spoils = tuple(one for one in told if one.code == SPOILS)
            load = dataclasses.replace(load, findings=load.findings + spoils)
        loads.append(load)
    return dataclasses.replace(report, loads=tuple(loads))


def _line(look: Look, lang: str) -> str:
    mine, nothing = (
        result(row, lang) if row is not None else ''
        for row in (look.row('configured'), look.row('nothing'))
    )
    words = 'look-log' if nothing else 'look-log-alone'
    return label(words, lang, network=look.network, mine=mine, nothing=nothing)


def _deliver(report: CheckReport, seen: Seen, kinds: Tuple[str, ...]) -> None:
    """Write the reports of the load again, with the look; show it on the boards."""
    numbers = {row.kind: row.psnr for row in seen.look.rows if row.psnr is not None}
    board.show_look(seen.look.network, numbers, _sheet(seen, numbers))
    folder = board.write_files(report, kinds)
    if folder and os.path.exists(os.path.join(folder, f'{seen.look.network}.html')):
        board.write_page(report, folder)


def _sheet(seen: Seen, numbers: Dict[str, float]) -> Optional[Any]:
    from basicsr_weightcheck.look.picture import beside

    rows = {'input': 'nothing', 'output': 'configured'}
    titled: List[Tuple[str, Any]] = []
    for title, one in seen.pictures:
        value = numbers.get(rows.get(title, ''))
        titled.append((title if value is None else f'{title} {value:.2f} dB', one))
    try:
        return beside(titled)
    except ImportError:
        return None
