"""One load before it is made: header, trial, findings, recommendation."""

from __future__ import annotations

import dataclasses
import functools
import os
import weakref
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, MutableMapping, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import refusal
from basicsr_weightcheck.checkpoint.problems import file_stamp
from basicsr_weightcheck.checkpoint.read import accepted_header
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.dialects.find import dialect_of, find_framework
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.hook import deliver, situation
from basicsr_weightcheck.hook.shadow import ShadowCall
from basicsr_weightcheck.hook.situation import Call
from basicsr_weightcheck.look.untouched import random_states_kept
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.read_plan import replan, used_options
from basicsr_weightcheck.records.comparisons import Health
from basicsr_weightcheck.records.findings import ERROR, Finding
from basicsr_weightcheck.records.plans import Framework, LoadPlan, LoadStep
from basicsr_weightcheck.records.reports import CheckReport, LoadReport, Rehearsal, RehearsedLoad
from basicsr_weightcheck.records.tensors import CheckpointHeader, Headers, NetworkSpec, Outcome
from basicsr_weightcheck.rehearsal.network import bare_network, describe_network
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.report.check.board import main_load
from basicsr_weightcheck.version import installed_version
from basicsr_weightcheck.workflow.checking.check import Errors, draft_report, judged
from basicsr_weightcheck.workflow.checking.loads import held_back
from basicsr_weightcheck.workflow.checking.silent_options import with_silent_options

# The check's own child process, for what a live training cannot try: networks of other options.
#
# It is started when it is asked for the first time, and ended with the examination of the load.
# What it says counts only where it builds the network of the live training from the same options.

# For one answer. The other ranks wait two minutes (`ranks.WAIT_S`) for the whole examination.
ANSWER_S = 40.0
_KNOWN = ('__main__', 'torch', 'basicsr', 'builtins')  # imported anyway, or not by name


class Understudy:
    """Answers as `check` does, or not at all.

    Args:
        call: of the live model.
        plan: the training as far as the call is concerned.
        load: the call's, with the network as it is.
        headers: {load path: header} of the files that were read.
    """

    def __init__(self, call: Call, plan: LoadPlan, load: LoadReport, headers: Headers) -> None:
        self._plan, self._load, self._headers = plan, load, headers
        self._imports = _modules(call)
        self._stage: Optional[Stage] = None
        self._silence: Optional[Rehearsal] = None  # why it cannot answer

    def __enter__(self) -> Understudy:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stage is not None:
            self._stage.close()

    @property
    def silence(self) -> str:
        """Why it cannot answer, '' while it can."""
        return self._silence.failure_message if self._silence is not None else ''

    def rebuild(self, edited: Any, alone: str = '') -> Dict[str, NetworkSpec]:
        """{section: network} of edited options, or of one alone; {} where they are not built."""
        return dict(self.rehearse(edited, {}, built=alone).networks)

    def rehearse(self, edited: Any, future: Headers, *, built: Optional[str] = None) -> Rehearsal:
        """What the training does under edited options; why not, where that cannot be told."""
        if self._stage is None:
            self._begin()
        return self._silence or self._ask(edited, future, built)

    def _begin(self) -> None:
        plan, live = self._plan, self._load.network
        # This training has imported the framework, whatever it took to do so.
        self._stage = Stage(
            _as_found(plan), self._imports, plan.working_directory, ANSWER_S,
            repair_imports=True, options=plan.options.data,
        )  # fmt: skip
        same = self._ask(plan.options.data, {}, built='')
        built = dict(same.networks).get(self._load.step.network_option)
        # A class that reads its environment builds another network in the child: no witness then.
        if self._silence is None and (live is None or built is None or built.shapes != live.shapes):
            reason = same.failure_message or phrase('understudy-differs')
            self._silence = Rehearsal(failure='model', failure_message=reason)

    def _ask(self, edited: Any, future: Headers, built: Optional[str] = None) -> Rehearsal:
        assert self._stage is not None
        then = replan(self._plan, edited)
        headers = {**self._headers, **future}
        answer = self._stage.rehearse(used_options(then), headers, then, built=built)
        if answer.failure in ('timeout', 'died', 'import'):
            reason = answer.failure_message or phrase('understudy-silent')
            self._silence = Rehearsal(failure=answer.failure, failure_message=reason)
        return answer


def _as_found(plan: LoadPlan) -> Framework:
    """The framework as `check` finds it, with its plug-ins, if it is the one that is imported."""
    found = find_framework(plan.options.path, plan.working_directory)
    same = os.path.realpath(found.origin) == os.path.realpath(plan.framework.origin)
    return found if same else plan.framework


def _modules(call: Call) -> Tuple[str, ...]:
    """Modules that have to be imported for the classes of the live training."""
    names = (type(call.model).__module__, type(bare_network(call.network)).__module__)
    return tuple(dict.fromkeys(name for name in names if name.split('.')[0] not in _KNOWN))


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
        return RehearsedLoad(step, self.spec, configured, *outcomes)

    def edited(self, options: Any, future: Headers) -> RehearsedLoad:
        """As it is under other options (nested dict, as the YAML)."""
        coming = [path for path in future if not os.path.exists(path)]
        step = situation.with_edits(self.step, options, coming)
        outcome = self.attempt(future, step)
        return RehearsedLoad(step, self.spec, outcome, outcome, outcome)


# {model: its calls so far, by the network's name}
_made: MutableMapping[Any, Dict[str, Asked]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Examined:
    """What is known before the load.

    Attributes:
        report: as `check` gives it; the load first in the plan is this one.
        outcome: what the call will do.
        header: None where the file could not be read.
        network: the bare live network.
        spec: what it expects.
        stamp: identity of the file before it was read, to notice another in its place.
    """

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

    def with_values(self, values: Dict[str, Health]) -> Examined:
        """The same with what is known of values besides: {network: what they are like}."""
        report = judged(dataclasses.replace(self.report, values=values))
        return dataclasses.replace(self, report=report)


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
    stamp = stamp_at(call.path)  # before the header is read: what comes later is another file
    around = situation.Situation.of(situation.options_of(call.model), call.function.__module__)
    step, framework = around.step_of(call), around.framework
    plan = around.plan_of_call(step, least)
    network = bare_network(call.network)
    spec = describe_network(network, step.network_type, 'live')
    headers, errors = _read(step.load_path)
    predict = _prediction(spec, headers, framework)
    shown = {**headers, **held_back(errors)}
    attempt, why_not = _attempt(call, network, shown, predict)
    asked = Asked(step, spec, attempt, predict)
    calls = _with_planned(_remembered(call.model, asked), asked, plan)
    known = [one.rehearsed() for one in calls if one.step.network_option == step.network_option]
    rehearsal = Rehearsal(
        loads=tuple(known),
        networks=((step.network_option, spec),),
        failure_message=why_not,
        framework_version=framework.version,
    )
    report = _judge_fully(call, plan, rehearsal, calls, (headers, errors))
    mine = next(one.configured for one in known if one.step is step)
    return Examined(report, mine, headers.get(step.load_path), network, spec, stamp)


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
) -> CheckReport:
    """Everything that follows; a child process builds other networks where that is in question."""

    def live(edited: Any, future: Headers) -> Rehearsal:
        loads = tuple(one.edited(edited, future) for one in calls)
        return Rehearsal(loads=loads, networks=rehearsal.networks)

    build = functools.partial(draft_report, plan, rehearsal, *files)
    report = judged(build(live))
    own = main_load(report)
    assert own is not None, 'it is among the loads'
    with deliver.failures_told('hook-do-cures'), Understudy(call, plan, own, files[0]) as other:

        def again(edited: Any, future: Headers) -> Rehearsal:
            if _sections(edited, plan) == _sections(plan.options.data, plan):
                return live(edited, future)  # the live method is the better witness
            return other.rehearse(edited, future)

        if _is_open(own):
            fuller = build(again, other.rebuild)
            if not other.silence:
                return judged(fuller)
            unproven = {network: other.silence for network in report.proof_failures}
            return judged(dataclasses.replace(report, proof_failures=unproven))
        return judged(with_silent_options(report, other.rebuild))
    return report


def _is_open(load: LoadReport) -> bool:
    """It will stop, file and network differ, and no change is proven that would mend it."""
    if load.difference is None or load.difference.exact:
        return False
    wrong = any(finding.severity == ERROR for finding in load.findings)
    return wrong and not load.recommendation.proof.loads


def _sections(data: Any, plan: LoadPlan) -> Dict[str, Any]:
    """The options that networks are built from."""
    dialect = dialect_of(plan.framework)
    return {k: v for k, v in data.items() if k == 'scale' or dialect.is_of_network(str(k))}


def _attempt(call: Call, network: Any, headers: Headers, predict: Attempt) -> Tuple[Attempt, str]:
    """What tells the outcome of a call: the method itself on a copy without weights.

    A network that cannot be copied gets the prediction, which the tests hold against the methods,
    and the reason.
    """
    try:
        shadow = ShadowCall(call, network, headers)
    except Exception as error:  # whatever a user's module does while it is copied
        reason = f'{type(error).__name__}: {error}'
        deliver.tell('hook-predicted', reason=reason)
        return predict, reason
    return lambda future, step: shadow.outcome(
        future, step.load_path, step.strict_configured, step.key_configured
    ), ''


def _prediction(spec: NetworkSpec, headers: Headers, framework: Framework) -> Attempt:

    def predict(future: Headers, step: LoadStep) -> Outcome:
        header = {**headers, **future}.get(step.load_path)
        if header is None:
            return Outcome(loads=False, error='CheckpointError', opened=False)
        return refusal(header) or predict_load(
            header, spec, step.strict_configured, step.key_configured, framework.has_params_fallback
        )

    return predict


def _read(path: str) -> Tuple[Headers, Errors]:
    try:
        return {path: accepted_header(path, installed_version('torch') or '')}, {}
    except CheckpointError as error:
        return {}, {path: error}


def stamp_at(path: str) -> Any:
    """Changes when another file stands in its place; None when there is none."""
    try:
        return file_stamp(os.stat(path))
    except OSError:
        return None
