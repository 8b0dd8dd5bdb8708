"""The pre-training check, a straight list of steps. No logic of its own."""

from __future__ import annotations

import dataclasses
import functools
import os
from typing import Any, Callable, Dict, Optional, Sequence, Set, Tuple

from basicsr_weightcheck.advice.verdict import verdict
from basicsr_weightcheck.checkpoint.read import accepted_header
from basicsr_weightcheck.dialects.find import dialect_of, find_framework
from basicsr_weightcheck.errors import CheckpointError, WeightCheckError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.class_sources import named_in_sources
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.overrides import apply_overrides
from basicsr_weightcheck.plan.read_plan import read_plan, replan, used_options, without_resume
from basicsr_weightcheck.plan.weight_paths import resolve
from basicsr_weightcheck.records.comparisons import Health
from basicsr_weightcheck.records.findings import Finding, Recommendation
from basicsr_weightcheck.records.names import cutter
from basicsr_weightcheck.records.plans import NO_STATE, LoadPlan, ResumeState
from basicsr_weightcheck.records.reports import NOT_RUN, CheckReport, ComparedLoad, Rehearsal
from basicsr_weightcheck.records.tensors import Headers, TensorSpec
from basicsr_weightcheck.rehearsal.processes import Warm
from basicsr_weightcheck.rehearsal.stage import Networks, Rebuild, Rehearse, Stage
from basicsr_weightcheck.rules.run import load_findings, training_findings
from basicsr_weightcheck.version import installed_version
from basicsr_weightcheck.workflow.checking.advise import (
    advise,
    edits_networks,
    prove,
    with_alternatives,
)
from basicsr_weightcheck.workflow.checking.candidates import nested_weights
from basicsr_weightcheck.workflow.checking.causes import with_causes
from basicsr_weightcheck.workflow.checking.first_look import FirstLook, Pictures
from basicsr_weightcheck.workflow.checking.loads import (
    fit_of_unread,
    gather_loads,
    held_back,
    unread_files,
)
from basicsr_weightcheck.workflow.checking.refuse import (
    ends_training,
    refuse_ambiguous,
    refuse_foreign,
    refuse_missing,
    refuse_unbuilt,
    refuse_unsupported,
)
from basicsr_weightcheck.workflow.checking.resume_state import (
    iteration_of,
    resume_state,
    with_surroundings,
)
from basicsr_weightcheck.workflow.checking.silent_options import with_silent_options
from basicsr_weightcheck.workflow.inspect import read_health

DEFAULT_TIMEOUT_S = 180.0
Errors = Dict[str, CheckpointError]


def check(
    path: str,
    imports: Sequence[str] = (),
    timeout_s: float = DEFAULT_TIMEOUT_S,
    auto_resume: bool = False,
    overrides: Sequence[str] = (),
    rehearse: bool = True,
    values: bool = False,
    repair_imports: bool = False,
    pictures: Optional[Pictures] = None,
    warm: Optional[Warm] = None,
    ignore: Sequence[str] = (),
    doing: Optional[Callable[[str], None]] = None,
) -> CheckReport:
    """Return what a training of this YAML will load, and what to change.

    Args:
        path: training YAML.
        imports: modules to import before the networks are built.
        timeout_s: seconds for building and rehearsing.
        auto_resume: the training is started with --auto_resume.
        overrides: entries of BasicSR's --force_yml.
        rehearse: False reads header and YAML only.
        values: read every tensor that would be loaded: NaN, Inf, zeros, checksums.
        repair_imports: the training is started with the import repaired (`run --repair-imports`,
            scripts/train.py); `weightcheck: {repair_imports: true}` in the YAML says the same.
        pictures: to put through the networks, loaded for real; None for no look.
        warm: processes that several checks share; None for one of its own.
        ignore: codes of findings to mark as ignored, beside those of the YAML and pyproject.toml;
            the verdict stays as it is.
        doing: hears what the child process begins to do, as in `Stage`.

    Raises:
        OptionError: the YAML cannot be read or is ambiguous.
        CheckpointError: a weight file is missing or may not be read.
        NetworkBuildError: the network cannot be built as the YAML describes it.
    """
    working_directory = os.getcwd()
    find = functools.partial(find_framework, path, working_directory)
    beside = os.path.dirname(os.path.abspath(path))
    framework = find() if warm is None else warm.found(beside, working_directory, find)
    refuse_unsupported(framework, path)
    options = read_options(path, dialect_of(framework).option_format)
    options = apply_overrides(options, overrides)

    def plan_of(data: Any) -> LoadPlan:
        changed = dataclasses.replace(options, data=data)
        plan = read_plan(changed, framework, working_directory, auto_resume, iteration_of)
        policy = plan.policy
        policy = dataclasses.replace(
            policy,
            repair_imports=repair_imports or policy.repair_imports,
            imports=(*policy.imports, *imports),
            ignore=(*policy.ignore, *ignore),
        )
        return dataclasses.replace(plan, policy=policy)

    plan = plan_of(options.data)
    refuse_foreign(plan)
    refuse_ambiguous(plan)
    state = resume_state(plan)
    if state.problem:
        plan = without_resume(plan)  # the training stops there; what is named else is looked at
    for step in plan.steps:
        refuse_missing(step, plan)
    if not rehearse:
        draft = draft_report(plan, NOT_RUN, *_read_headers(plan), state=state)
        return judged(with_values(draft) if values else draft)
    # The child imports the framework while the headers are read here.
    asked, used = plan.policy, used_options(plan)
    with Stage(
        framework,
        asked.imports,
        working_directory,
        timeout_s,
        repair_imports=asked.repair_imports,
        options=used,
        doing=doing,
        warm=warm,
    ) as stage:
        return check_on(stage, plan, plan_of, state, values=values, pictures=pictures)


def check_on(
    stage: Stage,
    plan: LoadPlan,
    plan_of: Optional[Callable[[Any], LoadPlan]] = None,
    state: ResumeState = NO_STATE,
    *,
    values: bool = False,
    pictures: Optional[Pictures] = None,
) -> CheckReport:
    """The same for a plan whose files exist, by a child process that is already running.

    Args:
        stage: the child process.
        plan: what the training asks for.
        plan_of: what it asks for with other options; None where no resume depends on them.
        state: what the training resumes from.
        values: read every tensor that would be loaded.
        pictures: to put through the networks.

    Raises:
        CheckpointError: a weight file may not be read.
        NetworkBuildError: the network cannot be built as the YAML describes it.
    """
    headers, errors = _read_headers(plan)
    shown = {**headers, **held_back(errors)}
    rehearsal = stage.rehearse(used_options(plan), shown, plan)
    try:
        refuse_unbuilt(rehearsal, plan, headers)
    except WeightCheckError as error:
        error.exit_code = 1 if ends_training(rehearsal) else error.exit_code
        raise
    # Files that no plan knew of: the model's own code has opened them.
    opened = tuple(load.step.load_path for load in rehearsal.loads) + unread_files(plan)
    more, refused = _read_headers(plan, (*headers, *errors), opened)
    headers, errors = {**headers, **more}, {**errors, **refused}
    again = plan_of or functools.partial(replan, plan)
    built: Dict[Tuple[str, str], Networks] = {}  # net_g and net_g_ema ask for the same

    def rehearse(edited: Any, future: Headers) -> Rehearsal:
        then = again(edited)
        more, refused = _read_headers(then, tuple(future))
        known = {**headers, **more, **held_back(refused), **future}
        then = dataclasses.replace(then, files_to_come=tuple(p for p in future if p not in headers))
        return stage.rehearse(used_options(then), known, then)

    def rebuild(edited: Any, alone: str = '') -> Networks:
        asked = repr(edited), alone
        if asked not in built:
            made = stage.rehearse(edited, shown, replan(plan, edited), built=alone)
            built[asked] = dict(made.networks)
        return built[asked]

    if rehearsal.failure:
        draft = draft_report(plan, rehearsal, headers, errors, state=state)
    else:
        draft = draft_report(plan, rehearsal, headers, errors, rehearse, rebuild, state)
        if pictures is not None:
            draft = FirstLook(stage, draft, again, rebuild, pictures).seen()
    return judged(with_values(draft) if values else draft)


def _read_headers(
    plan: LoadPlan, known: Sequence[str] = (), opened: Sequence[str] = ()
) -> Tuple[Headers, Errors]:
    """Headers by load path as given; files that cannot be understood are facts, not failures.

    They are those of the plan and those opened besides, as far as they are there and not `known`.
    """
    headers: Headers = {}
    errors: Errors = {}
    for path in dict.fromkeys([*(step.load_path for step in plan.steps), *opened]):
        full = resolve(path, plan.working_directory)
        if path in known or not os.path.exists(full):
            continue
        if not os.access(full, os.R_OK):
            raise CheckpointError(phrase('no-permission'), path=path)
        try:
            header = accepted_header(full, installed_version('torch') or '')
            headers[path] = header._replace(path=path)
        except CheckpointError as error:
            errors[path] = error
    return headers, errors


def draft_report(
    plan: LoadPlan,
    rehearsal: Rehearsal,
    headers: Headers,
    errors: Errors,
    rehearse: Optional[Rehearse] = None,
    rebuild: Optional[Rebuild] = None,
    state: ResumeState = NO_STATE,
) -> CheckReport:
    """Everything that follows from what is known of the loads, for the rules to look at.

    Args:
        plan: what the training asks for.
        rehearsal: what the framework did.
        headers: {load path: header} of the files that were read.
        errors: {load path: why a file could not be read}.
        rehearse: rehearses edited options; None leaves the recommendation unproven.
        rebuild: builds the networks of edited options; None where they are built already.
        state: what the training resumes from.
    """
    plan = _without_read_options(plan, rehearsal)
    report = CheckReport(
        plan,
        rehearsal,
        'could-not-check',
        gather_loads(plan, rehearsal, headers),
        (),
        Recommendation(),
        headers,
        nested_weights(plan, rehearsal),
        with_surroundings(state, plan, rehearsal),
        fit_of_unread(plan, rehearsal, headers),
        errors,
    )
    report = advise(with_causes(report, rebuild))
    if rebuild is None and edits_networks(report):
        rehearse = None  # a network that is built keeps its options
    report = with_alternatives(prove(report, rehearse), rehearse)
    return with_silent_options(report, rebuild) if rebuild else report  # may end the child


def _without_read_options(plan: LoadPlan, rehearsal: Rehearsal) -> LoadPlan:
    """The plan without complaints about options that the model's own class has read, or may read.

    Where no constructor has run, what stands in the sources counts as read. What one would have
    read behind its stop is not known: there, a plain slip is said only where the class has asked
    for the option that it stands for, in vain.
    """
    own = {f'path.{name}' for name in rehearsal.options_read}
    read = own | _read_otherwise(plan, rehearsal)
    key_option = f'path.{dialect_of(plan.framework).key_option(plan.framework, "g")}'

    def is_missed(option: str, meant: str) -> bool:
        in_vain = meant in own and not plan.options.has(meant)
        return option not in read and (rehearsal.stop is None or in_vain)

    unknown = [  # what is surely a plain slip for another option has to be missed as that
        (option, nearest, sure)
        for option, nearest, sure in plan.unknown_options
        if is_missed(option, f'path.{nearest}' if sure else '')
    ]
    effects = [
        dataclasses.replace(one, is_read=one.is_read or one.option in read)
        for one in plan.path_effects
    ]
    return dataclasses.replace(
        plan,
        unknown_options=tuple(unknown),
        ignored_key_options=tuple(
            one for one in plan.ignored_key_options if is_missed(one, key_option)
        ),
        path_effects=tuple(effects),
    )


def _read_otherwise(plan: LoadPlan, rehearsal: Rehearsal) -> Set[str]:
    """Options that the loads name, those behind a stop too, and those that the sources name."""
    read = {load.step.path_option for load in rehearsal.loads}
    read |= {load.step.strict_option for load in rehearsal.loads}
    if rehearsal.failure:
        options = [*(one[0] for one in plan.unknown_options), *plan.ignored_key_options]
        read |= named_in_sources(options, plan.framework)
    return read


def with_values(report: CheckReport) -> CheckReport:
    """The report, and what the values are like that the training would load.

    Raises:
        CheckpointError: a file cannot be read.
        UsageError: numpy is missing.
    """
    found: Dict[str, Health] = {}
    known: Dict[Tuple[str, str], Health] = {}
    for load in report.loads:
        if not isinstance(load, ComparedLoad) or not load.header.complete:
            continue
        tensors = _taken(load, report.plan.framework.cuts_module)
        if tensors:
            place = load.step.load_path, load.difference.table
            if place not in known:
                known[place] = read_health(load.header, tensors)
            found[load.step.network] = known[place]
    return dataclasses.replace(report, values=found)


def _taken(load: ComparedLoad, cuts: str) -> Tuple[TensorSpec, ...]:
    """The tensors of the file that the load takes, or would take where it stops.

    They have the names of the network.
    """
    matched = set(load.difference.matched)
    table = load.header.tables[load.difference.table]
    cut = cutter(cuts, [spec.key for spec in table.tensors])
    named = (spec._replace(key=cut(spec.key)) for spec in table.tensors)
    return tuple(spec for spec in named if spec.key in matched)


def judged(report: CheckReport) -> CheckReport:
    """The report with what the rules find, and the verdict."""

    def marked(findings: Tuple[Finding, ...]) -> Tuple[Finding, ...]:
        ignored = report.plan.policy.ignore
        return tuple(dataclasses.replace(one, ignored=one.code in ignored) for one in findings)

    found = dataclasses.replace(
        report,
        findings=marked(training_findings(report)),
        loads=tuple(
            dataclasses.replace(load, findings=marked(load_findings(load, report)))
            for load in report.loads
        ),
    )
    return dataclasses.replace(found, verdict=verdict(found))
