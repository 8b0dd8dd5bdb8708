"""One load before it is made: header, trial, findings, recommendation."""

from __future__ import annotations

import dataclasses
import functools
import os
import weakref
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, MutableMapping, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.accepted import accepted_header
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.dialects.table import dialect_of
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.hook import deliver, situation
from basicsr_weightcheck.hook.call import Call
from basicsr_weightcheck.hook.shadow import ShadowCall, bare_network
from basicsr_weightcheck.hook.understudy import Understudy
from basicsr_weightcheck.look.random_states import random_states_kept
from basicsr_weightcheck.records.findings import ERROR, Finding
from basicsr_weightcheck.records.outcomes import Outcome, Trial
from basicsr_weightcheck.records.plans import Framework, LoadPlan, LoadStep
from basicsr_weightcheck.records.reports import CheckReport, LoadReport, Rehearsal, RehearsedLoad
from basicsr_weightcheck.records.tensors import CheckpointHeader, NetworkSpec
from basicsr_weightcheck.rehearsal.describe_network import describe_network
from basicsr_weightcheck.report.board import main_load
from basicsr_weightcheck.rules.rule import Case
from basicsr_weightcheck.workflow.check import build_case, judged
from basicsr_weightcheck.workflow.installed import installed_version
from basicsr_weightcheck.workflow.loads import held_back
from basicsr_weightcheck.workflow.option_trial import fits
from basicsr_weightcheck.workflow.refused import refusal
from basicsr_weightcheck.workflow.silent_options import with_silent_options

Headers = Dict[str, CheckpointHeader]
Errors = Dict[str, CheckpointError]
Attempt = Callable[[Headers, LoadStep], Outcome]


class Asked(NamedTuple):
    """A call of the live training that can be asked again with other arguments.

    Attributes:
        step: the call.
        spec: what its network expects.
        attempt: what it does, told by the method itself where that can be.
        predict: the same, predicted.
    """

    step: LoadStep
    spec: NetworkSpec
    attempt: Attempt
    predict: Attempt

    def rehearsed(self) -> RehearsedLoad:
        """As it is, strict and not strict; a load that is plainly right is tried once."""
        step, configured = self.step, self.attempt({}, self.step)
        right = configured.loads and not (
            configured.missing or configured.unexpected or configured.mismatched
        )
        outcomes = [
            configured
            if step.strict_configured is strict
            else (self.predict if right else self.attempt)(
                {}, dataclasses.replace(step, strict_configured=strict)
            )
            for strict in (True, False)
        ]
        return RehearsedLoad(step, self.spec, configured, outcomes[0], outcomes[1], True)

    def edited(self, options: Any, future: Headers) -> RehearsedLoad:
        """As it is under other options (nested dict, as the YAML)."""
        coming = [path for path in future if not os.path.exists(path)]
        step = situation.with_edits(self.step, options, coming)
        outcome = self.attempt(future, step)
        return RehearsedLoad(step, self.spec, outcome, outcome, outcome, True)


# {model: its calls so far, by the network's name}
_made: MutableMapping[Any, Dict[str, Asked]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Examined:
    """What is known before the load.

    Attributes:
        case: what the rules looked at.
        report: as `check` gives it; the load first in the plan is this one.
        outcome: what the call will do.
        header: None where the file could not be read.
        network: the bare live network.
        spec: what it expects.
        stamp: identity of the file before it was read, to notice another in its place.
    """

    case: Case
    report: CheckReport
    outcome: Outcome
    header: Optional[CheckpointHeader]
    network: Any
    spec: NetworkSpec
    stamp: Any

    @property
    def not_loaded(self) -> List[str]:
        """Keys of the network that nothing of the file goes into, state-dict order."""
        loaded = {*self.outcome.loaded, *dict(self.outcome.partial)}
        return [spec.key for spec in self.spec.tensors if spec.key not in loaded]

    @property
    def step(self) -> LoadStep:
        """The call."""
        return self.report.plan.steps[0]

    @property
    def findings(self) -> Tuple[Finding, ...]:
        """Those of the training and of this load; other loads have their own turn."""
        own = main_load(self.report)
        return (*self.report.findings, *(own.findings if own is not None else ()))

    def with_values(self, case: Case) -> Examined:
        """The same with what is known of values besides."""
        return dataclasses.replace(self, case=case, report=judged(case))


def examine(call: Call, least: float) -> Examined:
    """Return what a call will do and what is wrong with it; random states stay as they are.

    Args:
        call: of the live model.
        least: share of the network that it has to load, 0 to 1.

    Raises:
        Exception: what user code may raise; the caller lets the load go on then.
    """
    with random_states_kept():
        return _examined(call, least)


def _examined(call: Call, least: float) -> Examined:
    stamp = file_stamp(call.path)  # before the header is read: what comes later is another file
    around = situation.Situation.of(situation.options_of(call.model), call.function.__module__)
    step, framework = around.step_of(call), around.framework
    plan = around.plan_of_call(step, least)
    network = bare_network(call.network)
    spec = describe_network(network, step.network_type, 'live')
    headers, errors = _read(step.load_path)
    predict = _prediction(spec, headers, framework)
    shown = {**headers, **held_back(errors)}
    asked = Asked(step, spec, _attempt(call, network, shown, predict), predict)
    calls = _with_planned(_remembered(call.model, asked), asked, plan)
    known = [one.rehearsed() for one in calls if one.step.network_option == step.network_option]
    rehearsal = Rehearsal(
        loads=tuple(known),
        networks=((step.network_option, spec),),
        framework_version=framework.version,
        framework_origin=framework.origin,
    )
    case = _judge_fully(call, plan, rehearsal, calls, (headers, errors))
    mine = next(one.configured for one in known if one.step is step)
    return Examined(case, judged(case), mine, headers.get(step.load_path), network, spec, stamp)


def _remembered(model: Any, asked: Asked) -> List[Asked]:
    """The calls that this model has made so far, the present one last."""
    try:
        calls = _made.setdefault(model, {})
    except TypeError:  # a class of one's own may allow no weak references
        return [asked]
    # The present one last: of two loads into a network the later one counts.
    calls.pop(asked.step.network, None)
    calls[asked.step.network] = asked
    return list(calls.values())


def _with_planned(calls: List[Asked], asked: Asked, plan: LoadPlan) -> List[Asked]:
    """The calls, and those that follow from the same options: a change has to suit them, too."""
    made = {one.step.network for one in calls}
    later = (one for one in situation.ema_steps(asked.step, plan) if one.network not in made)
    return [*calls, *(asked._replace(step=one) for one in later)]


def _judge_fully(
    call: Call,
    plan: LoadPlan,
    rehearsal: Rehearsal,
    calls: List[Asked],
    files: Tuple[Headers, Errors],
) -> Case:
    """Everything that follows; a child process builds other networks where that is in question."""

    def live(edited: Any, future: Headers) -> Rehearsal:
        loads = tuple(one.edited(edited, future) for one in calls)
        return Rehearsal(loads=loads, networks=rehearsal.networks)

    build = functools.partial(build_case, plan, rehearsal, *files)
    case = build(live, None)
    own = main_load(judged(case))
    assert own is not None, 'it is among the loads'
    with deliver.failures_told('hook-do-cures'), Understudy(call, plan, own, files[0]) as other:

        def again(edited: Any, future: Headers) -> Rehearsal:
            if _sections(edited, plan) == _sections(plan.options.data, plan):
                return live(edited, future)  # the live method is the better witness
            return other.rehearse(edited, future)

        if _is_open(own):
            fuller = build(again, other.rebuild)
            if not other.silence:
                return fuller
            unproven = {network: other.silence for network in case.proof_failures}
            return dataclasses.replace(case, proof_failures=unproven)
        loads = with_silent_options(case.report.loads, plan, other.rebuild)
        return dataclasses.replace(case, report=dataclasses.replace(case.report, loads=loads))
    return case


def _is_open(load: LoadReport) -> bool:
    """It will stop, file and network differ, and no change is proven that would mend it."""
    if load.difference is None or fits(load.difference):
        return False
    proof = load.recommendation.proof if load.recommendation is not None else None
    wrong = any(finding.severity == ERROR for finding in load.findings)
    return wrong and (proof is None or not proof.loads)


def _sections(data: Any, plan: LoadPlan) -> Dict[str, Any]:
    """The options that networks are built from."""
    dialect = dialect_of(plan.framework)
    return {k: v for k, v in data.items() if k == 'scale' or dialect.is_of_network(str(k))}


def _attempt(call: Call, network: Any, headers: Headers, predict: Attempt) -> Attempt:
    """What tells the outcome of a call: the method itself on a copy without weights.

    A network that cannot be copied gets the prediction, which the tests hold against the methods.
    """
    try:
        shadow = ShadowCall(call, network, headers)
    except Exception as error:  # whatever a user's module does while it is copied
        deliver.tell('hook-predicted', reason=str(error))
        return predict
    return lambda future, step: shadow.outcome(
        future, step.load_path, step.strict_configured, step.key_configured
    )


def _prediction(spec: NetworkSpec, headers: Headers, framework: Framework) -> Attempt:

    def predict(future: Headers, step: LoadStep) -> Outcome:
        header = {**headers, **future}.get(step.load_path)
        if header is None:
            return Outcome(loads=False, error='CheckpointError', opened=False)
        asked = Trial(step.strict_configured, step.key_configured, step.load_path)
        return refusal(header) or predict_load(header, spec, asked, framework.has_params_fallback)

    return predict


def _read(path: str) -> Tuple[Headers, Errors]:
    try:
        return {path: accepted_header(path, installed_version('torch') or '')}, {}
    except CheckpointError as error:
        return {}, {path: error}


def file_stamp(path: str) -> Any:
    """Changes when another file stands in its place; None when there is none."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
