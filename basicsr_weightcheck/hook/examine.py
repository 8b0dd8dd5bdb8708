"""One load before it is made: header, trial, findings, recommendation."""

from __future__ import annotations

import dataclasses
import inspect
import os
import sys
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

from basicsr_weightcheck.checkpoint.accepted import accepted_header
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.hook import deliver, situation
from basicsr_weightcheck.hook.policy import Policy
from basicsr_weightcheck.hook.shadow import Trial, bare_network
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.outcomes import Outcome
from basicsr_weightcheck.records.outcomes import Trial as TrialArguments
from basicsr_weightcheck.records.plans import Framework, LoadStep
from basicsr_weightcheck.records.reports import CheckReport, Rehearsal, RehearsedLoad
from basicsr_weightcheck.records.tensors import CheckpointHeader, NetworkSpec
from basicsr_weightcheck.rehearsal.describe_network import describe_network
from basicsr_weightcheck.rules.keys.little_loaded import RULE as LITTLE
from basicsr_weightcheck.workflow.check import build_report
from basicsr_weightcheck.workflow.installed import installed_version
from basicsr_weightcheck.workflow.loads import held_back
from basicsr_weightcheck.workflow.refused import refusal

Headers = Dict[str, CheckpointHeader]
Attempt = Callable[[Headers, LoadStep], Outcome]


@dataclass(frozen=True)
class Examined:
    """What is known before the load.

    Attributes:
        report: as `check` gives it, for this one load.
        outcome: what the call will do.
        header: None where the file could not be read.
        network: the bare live network.
        spec: what it expects.
        stamp: identity of the file when it was read, to notice another in its place.
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


def examine(function: Callable[..., Any], model: Any, bound: inspect.BoundArguments) -> Examined:
    """Return what a call of load_network will do and what is wrong with it.

    Args:
        function: the method, unbound.
        model: the framework's model object.
        bound: its arguments, `self` included, defaults applied.

    Raises:
        Exception: what user code may raise; the caller lets the load go on then.
    """
    arguments = bound.arguments
    options = situation.options_of(model)
    file = situation.option_file(sys.argv, options)
    step = situation.make_step(model, arguments['net'], arguments, options, file)
    framework = situation.imported_framework(function.__module__)
    plan = situation.make_plan(step, options, file, framework)
    network = bare_network(arguments['net'])
    spec = describe_network(network, step.network_type, 'live')
    headers, errors = _read(step.load_path)
    stamp = file_stamp(step.load_path)
    predict = _prediction(spec, headers, framework)
    attempt = _attempt(function, bound, network, {**headers, **held_back(errors)}, predict)
    configured = attempt({}, step)
    rehearsed = [_rehearsed(attempt, predict, step, spec, configured)]
    for later in situation.ema_steps(step, plan):
        outcome = attempt({}, later)
        rehearsed.append(RehearsedLoad(later, spec, outcome, outcome, outcome, True))

    def again(edited: Any, future: Headers) -> Rehearsal:
        loads = []
        for one in (load.step for load in rehearsed):
            changed = situation.with_edits(one, edited)
            outcome = attempt(future, changed)
            loads.append(RehearsedLoad(changed, spec, outcome, outcome, outcome, True))
        return Rehearsal(loads=tuple(loads), networks=((step.network_option, spec),))

    rehearsal = Rehearsal(
        loads=tuple(rehearsed),
        networks=((step.network_option, spec),),
        framework_version=framework.version,
        framework_origin=framework.origin,
    )
    report = build_report(plan, rehearsal, headers, errors, again)
    return Examined(report, configured, headers.get(step.load_path), network, spec, stamp)


def _attempt(
    function: Callable[..., Any],
    bound: inspect.BoundArguments,
    network: Any,
    headers: Headers,
    predict: Attempt,
) -> Attempt:
    """What tells the outcome of a call: the method itself on a copy without weights.

    A network that cannot be copied gets the prediction, which the tests hold against the methods.
    """
    try:
        trial = Trial(function, bound, network, headers)
    except Exception as error:  # whatever a user's module does while it is copied
        deliver.log(f'the network cannot be copied ({error}); the load is predicted')
        return predict
    return lambda future, step: trial.outcome(
        future,
        load_path=step.load_path,
        strict=step.strict_configured,
        param_key=step.key_configured,
    )


def _prediction(spec: NetworkSpec, headers: Headers, framework: Framework) -> Attempt:

    def predict(future: Headers, step: LoadStep) -> Outcome:
        header = {**headers, **future}.get(step.load_path)
        if header is None:
            return Outcome(loads=False, error='CheckpointError', opened=False)
        asked = TrialArguments(step.strict_configured, step.key_configured, step.load_path)
        return refusal(header) or predict_load(header, spec, asked, framework.has_params_fallback)

    return predict


def _read(path: str) -> Tuple[Headers, Dict[str, CheckpointError]]:
    try:
        return {path: accepted_header(path, installed_version('torch') or '')}, {}
    except CheckpointError as error:
        return {}, {path: error}


def _rehearsed(
    attempt: Attempt, predict: Attempt, step: LoadStep, spec: NetworkSpec, configured: Outcome
) -> RehearsedLoad:
    """The call as it is, strict and not strict; a load that is plainly right is tried once."""
    right = configured.loads and not (
        configured.missing or configured.unexpected or configured.mismatched
    )
    outcomes = [
        configured
        if step.strict_configured is strict
        else (predict if right else attempt)(
            {}, dataclasses.replace(step, strict_configured=strict)
        )
        for strict in (True, False)
    ]
    return RehearsedLoad(step, spec, configured, outcomes[0], outcomes[1], True)


def file_stamp(path: str) -> Any:
    """Changes when another file stands in its place; None when there is none."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


def why_stop(examined: Examined, policy: Policy) -> str:
    """The reason not to start on these weights, '' when there is none.

    How little is too little is for the policy to say.
    """
    report = examined.report
    for finding in report.all_findings:
        if finding.severity == ERROR and finding.code != LITTLE.code:
            return f'{finding.code} {finding.name}'
    if not examined.outcome.loads:
        return examined.outcome.error or 'the load fails'
    load = next(iter(report.loads), None)
    if load is not None and load.coverage is not None:
        share, weights = load.coverage.parameter_fraction, load.coverage.weight_fraction
        if min(share, weights) < policy.min_loaded:
            what = f'{share:.1%} of the parameters and {weights:.1%} of the weights, by number,'
            return f'{what} load; min_loaded is {policy.min_loaded:.1%}'
    return ''
