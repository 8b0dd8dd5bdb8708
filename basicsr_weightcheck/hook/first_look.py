"""Before the first step: what the networks hold, and what they do to the first picture.

When the first iteration begins, one sample of its batch goes through each network that a file went
into, on rank 0, in eval mode, after which everything is as it was. Before it every network is held
against its file: one whose load nobody has seen, and one whose load was right, as a model may
change it afterwards.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import os
import weakref
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.read import accepted_header
from basicsr_weightcheck.errors import NotLookedAt, TrainingStopped
from basicsr_weightcheck.hook import board, deliver, install, ranks, verify
from basicsr_weightcheck.hook.situation import options_of, planned_steps, policy_of
from basicsr_weightcheck.messages.lookup import label, language, spoken
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.looks import Look, makes_pictures
from basicsr_weightcheck.records.plans import OFF, STOP, LoadStep
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rehearsal.network import bare_network, wrapped_network
from basicsr_weightcheck.report.check.words import result
from basicsr_weightcheck.rules.catalog import message
from basicsr_weightcheck.rules.run import load_findings
from basicsr_weightcheck.version import installed_version

SPOILS = 'WC606'
BATCH = (('lq', 'gt'), ('L', 'H'))  # names that models keep the batch under


# How a network stands to a file: (parameter tensors in order, all, words, their facts).
Standing = Tuple[int, int, str, Dict[str, str]]


@dataclasses.dataclass
class Beginning:
    """A training before its first step; `found`: what was not in order yet, None what is told."""

    is_over: bool = False
    iterates: bool = False
    found: Dict[Tuple[int, str], Optional[Standing]] = dataclasses.field(default_factory=dict)


# Weak: nothing of the hook keeps a model in memory.
_beginnings: weakref.WeakKeyDictionary[Any, Beginning] = weakref.WeakKeyDictionary()


class Seen(NamedTuple):
    """A look, and what stands beside each other: (name of a row, its picture's pixels)."""

    look: Look
    pictures: Tuple[Tuple[str, Any], ...]


def await_first_step(model: Any) -> Optional[Beginning]:
    """A model is there: its first step is seen, whatever the model calls it.

    None for one that cannot be remembered: it has no hash, or no place for a weak reference.
    """
    install.before_steps(_before_step)
    try:
        return _beginnings.setdefault(model, Beginning())
    except TypeError:
        return None


def before_first_iteration(
    wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> Any:
    """Stand in for a bound optimize_parameters (wrapt's signature of a wrapper).

    What is not in order yet may be so before the first step: some load, or get their shapes, in the
    first pass. It is told there, at the latest when the second iteration begins.

    Raises:
        TrainingStopped: the policy is 'stop', and a network spoils the picture.
    """
    beginning = await_first_step(model)
    if beginning is not None and not beginning.is_over:
        _begin(model, beginning, last=beginning.iterates)
    return wrapped(*args, **kwargs)


def _before_step(optimizer: Any, arguments: Tuple[Any, ...]) -> None:
    """The optimizer is about to step; it may be the first that changes a network of a model."""
    for model, beginning in [*_beginnings.items()]:
        if beginning.is_over:
            continue
        moved = [one for group in optimizer.param_groups for one in group['params']]
        if not arguments:  # else a closure makes the gradients; a step without any is none
            moved = [one for one in moved if one.grad is not None]
        known = {id(one) for one in moved}
        mine = (one for _, module in _modules(model) for one in module.parameters(recurse=False))
        if moved and (beginning.iterates or any(id(one) in known for one in mine)):
            _begin(model, beginning, last=True)


def _modules(model: Any) -> Iterator[Tuple[str, Any]]:
    """(attribute, module) of all that a model holds, in lists and dicts, too."""
    for name, value in vars(model).items():
        values = value.values() if isinstance(value, dict) else value
        for one in values if isinstance(value, (dict, list, tuple)) else (value,):
            if hasattr(one, 'named_modules'):
                yield from ((name, module) for module in one.modules())


def _begin(model: Any, beginning: Beginning, last: bool) -> None:
    is_first, beginning.iterates, beginning.is_over = not beginning.iterates, True, last
    with deliver.failures_told('hook-do-verify'):
        if ranks.rank() == 0:
            _hold(model, beginning.found, last)
            beginning.is_over = not any(beginning.found.values())
    if is_first:
        _look(model)


def _hold(model: Any, found: Dict[Tuple[int, str], Optional[Standing]], last: bool) -> None:
    """Hold the networks against their files, and tell what is in order, or what is not at last."""
    for key, ask in _questions(model):
        before = found.get(key)
        if key in found and before is None:
            continue
        found[key] = None
        with deliver.failures_told('hook-do-verify'):
            equal, total, words, facts = max(filter(None, (ask(), before)), key=lambda one: one[0])
            if equal < total and not last:
                found[key] = equal, total, words, facts
            elif words:
                deliver.tell(words, logging.INFO if equal == total else logging.WARNING, **facts)


def _questions(model: Any) -> Iterator[Tuple[Tuple[int, str], Callable[[], Standing]]]:
    """(what is asked, what answers) of each network that a file is named for, or went into."""
    watched = {id(wrapped_network(one)) for one in verify.given}
    for step in planned_steps(model, options_of(model)):
        network = wrapped_network(bare_network(getattr(model, step.network, None)))
        if network is not None and id(network) not in watched:
            yield (id(network), step.network), functools.partial(_unwatched, network, step)
    for name, network in _modules(model):
        for index, one in enumerate(verify.given.get(network, ())):
            yield (id(network), str(index)), functools.partial(_kept, name, network, one)


def _unwatched(network: Any, step: LoadStep) -> Standing:
    """Whatever loads it, static, decorated or set later: what counts is what it starts with."""
    header = accepted_header(step.load_path, installed_version('torch') or '')
    sizes, held = verify.held_parameters(network, header)
    install.used = True
    share_held = share(sum(sizes[key] for key in held) / (sum(sizes.values()) or 1))
    facts = {'network': step.network, 'option': step.path_option, 'path': step.load_path}
    facts.update(equal=count(len(held)), all=count(len(sizes)), fraction=share_held)
    return len(held), len(sizes), 'hook-unwatched', facts


def _kept(name: str, network: Any, given: verify.Given) -> Standing:
    """Whatever changes it: a model may initialise it anew, or copy another network into it."""
    total, lost = len(given.specs), given.lost(network)
    facts = {'network': name, 'path': given.header.path, 'all': count(total)}
    facts.update(count=count(len(lost)), first=lost[0] if lost else '')
    return total - len(lost), total, 'hook-lost' if lost else '', facts


def _look(model: Any) -> None:
    policy, reason, reports = OFF, '', verify.reports.pop(model, {})
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
    return all(verify.same_bits(value, theirs[key]) for key, value in mine.items())


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
