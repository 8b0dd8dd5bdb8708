"""Decide what to change for every load, prove it by a second rehearsal, write it down."""

from __future__ import annotations

import dataclasses
import os
from typing import Dict, Iterable, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.advice.option_cures import edit_of, with_cures
from basicsr_weightcheck.advice.recommend import recommend
from basicsr_weightcheck.compare.key_names import by_module
from basicsr_weightcheck.conversion.command_line import as_conversion
from basicsr_weightcheck.conversion.plan_file import future_header, plan_file
from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.errors import OptionError, ReportError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_files import seen_from
from basicsr_weightcheck.plan.option_edits import apply_edits, edited_data, merged, unified_diff
from basicsr_weightcheck.plan.weight_paths import resolve
from basicsr_weightcheck.records.findings import (
    AS_IT_IS,
    NOT_PROVEN,
    Conversion,
    OptionEdit,
    Proof,
    Recommendation,
)
from basicsr_weightcheck.records.plans import NO_RESUME, NO_STATE, LoadPlan, ResumeState
from basicsr_weightcheck.records.reports import (
    CheckReport,
    ComparedLoad,
    LoadReport,
    Rehearsal,
    RehearsedLoad,
)
from basicsr_weightcheck.records.tensors import Coverage, Headers
from basicsr_weightcheck.rehearsal.stage import Rehearse
from basicsr_weightcheck.report.write import write_text
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.whole_file import is_special
from basicsr_weightcheck.workflow.checking.candidates import find_candidates
from basicsr_weightcheck.workflow.checking.loads import table_differences

# Edits that cure what is wrong with the training as a whole: its name, its resume.

RESUME = 'path.resume_state'
IGNORE = 'path.ignore_resume_networks'


def _training_cures(report: CheckReport, state: ResumeState) -> Iterator[OptionEdit]:
    plan, loads = report.plan, report.loads
    yield from _new_name(loads, plan)
    yield from _resume_options(plan)
    if state.problem == 'weights':
        yield from _weights_as_weights(state, plan)
    if state.is_unusable:
        yield from _start_over(plan)
    for one in report.nested:
        if one.conversion.is_needed:
            yield edit_of(one.option, one.conversion.target, plan)
    for load in loads:
        yield from _state_as_state(load, plan)


def _new_name(loads: Sequence[LoadReport], plan: LoadPlan) -> Iterator[OptionEdit]:
    """Where the run of this name is moved away with its weights, and nothing goes on with it."""
    if not plan.archived_options or not plan.free_name or _can_resume(plan):
        return
    if not any(load.is_of_state for load in loads):
        yield edit_of('name', plan.free_name, plan)


def _resume_options(plan: LoadPlan) -> Iterator[OptionEdit]:
    """The names that a resume reads its networks and its averages by."""
    traps = plan.resume_traps
    if traps.misnamed:
        read = dict(traps.misnamed)
        written = plan.options.get(IGNORE)
        yield edit_of(IGNORE, [read.get(str(name), name) for name in written], plan)
    if traps.averages_option:
        yield edit_of(traps.averages_option, 'params', plan)


def _weights_as_weights(state: ResumeState, plan: LoadPlan) -> Iterator[OptionEdit]:
    """A weight file named as resume_state becomes the pretrained one, if there is none yet."""
    yield edit_of(RESUME, None, plan)
    if not plan.options.sets('path.pretrain_network_g'):
        yield edit_of('path.pretrain_network_g', state.path, plan)


def _can_resume(plan: LoadPlan) -> bool:
    """The run of this name has states: going on with it may be what is meant, under its name."""
    try:
        names = os.listdir(os.path.join(plan.experiments_root, 'training_states'))
    except OSError:
        return False
    return any(name.endswith('.state') for name in names)


def _start_over(plan: LoadPlan) -> Iterator[OptionEdit]:
    """The weights of the interrupted training, a new name, no state."""
    there = [(option, used) for option, _, used in plan.resume.replaced if _is_file(used, plan)]
    if not there or not plan.free_name:
        return
    yield edit_of('name', plan.free_name, plan)
    if plan.options.sets(RESUME):
        yield edit_of(RESUME, None, plan)
    for option, used in there:
        short = seen_from(used, plan.working_directory)
        edit = edit_of(option, short.replace(os.sep, '/'), plan)  # as YAMLs are written everywhere
        if not _is_objected_to(edit, plan):
            yield edit


def _is_objected_to(edit: OptionEdit, plan: LoadPlan) -> bool:
    """A fresh start with that option has a fault that it has not without (averages: WC562)."""
    options = dataclasses.replace(plan.options, data=edited_data(plan.options.data, (edit,)))
    start = Start(options, plan.framework, plan.working_directory)
    facts = dialect_of(plan.framework).facts(start, NO_RESUME)
    return any(fact.option == edit.option for fact in facts)


def _state_as_state(load: LoadReport, plan: LoadPlan) -> Iterator[OptionEdit]:
    """A training state named as pretrained weights becomes the resume, if its weights are there."""
    if not load.is_of_state or plan.options.sets(RESUME):
        return
    letter = load.step.network_option.rpartition('_')[2]
    number = os.path.basename(load.step.load_path).split('.')[0]
    network = os.path.join(plan.experiments_root, 'models', f'net_{letter}_{number}.pth')
    if _is_file(network, plan):
        yield edit_of(load.step.path_option, None, plan)
        yield edit_of(RESUME, load.step.load_path, plan)


def _is_file(path: str, plan: LoadPlan) -> bool:
    return os.path.isfile(resolve(path, plan.working_directory))


REASON_CHARACTERS = 240


def advise(report: CheckReport) -> CheckReport:
    """The report with what to change for each load, and all edits together; nothing is proven."""
    plan = report.plan
    loads = [_advised(load, report) for load in report.loads]
    wanted = _wanted(loads, plan)
    # What gives the network back what it was made with gives it back its optimizer, too.
    state = NO_STATE if plan.resume.happens and wanted else report.resume_state
    edits = with_cures(merged([*wanted, *_training_cures(report, state)]), plan)
    diff = _diff(plan, edits)
    advised = tuple(_with_its_own(load, edits, diff) for load in loads)
    # A network may load a file by itself, and that file may have to be converted, too.
    conversions = [*(one.recommendation.conversion for one in advised),
                   *(one.conversion for one in report.nested)]  # fmt: skip
    together = Recommendation(edits, diff, _first(conversions))
    return dataclasses.replace(report, loads=advised, recommendation=together)


def _wanted(loads: Sequence[LoadReport], plan: LoadPlan) -> Sequence[OptionEdit]:
    """A resume reads the files of its own run: options of the pretrained ones change nothing."""
    wanted = [edit for load in loads for edit in load.recommendation.edits]
    if not plan.resume.happens:
        return wanted
    is_of_network = dialect_of(plan.framework).is_of_network
    return [edit for edit in wanted if is_of_network(edit.option)]


def _advised(load: LoadReport, report: CheckReport) -> LoadReport:
    siblings = [
        one
        for one in report.loads
        if one.step.load_path == load.step.load_path
        and one.step.network_option == load.step.network_option
    ]
    tables = table_differences(load, report.plan.framework)
    candidates = tuple(find_candidates(load, tables)) if isinstance(load, ComparedLoad) else ()
    version = report.rehearsal.torch_version
    return recommend(load, tables, candidates, report.plan, siblings, as_conversion, version)


def _diff(plan: LoadPlan, edits: Tuple[OptionEdit, ...]) -> str:
    if not edits or plan.options.overridden:  # a change of the file alone would not do
        return ''
    try:
        return unified_diff(plan.options, apply_edits(plan.options, edits))
    except OptionError:
        return ''  # anchors in the way: the edits are still named, one by one


def _with_its_own(load: LoadReport, edits: Tuple[OptionEdit, ...], diff: str) -> LoadReport:
    """The load with those of all edits that are its own."""
    advice = load.recommendation
    own = tuple(e for e in edits if e.target in {edit.target for edit in advice.edits})
    return dataclasses.replace(
        load, recommendation=dataclasses.replace(advice, edits=own, diff=diff)
    )


def _first(conversions: Iterable[Conversion]) -> Conversion:
    return next((one for one in conversions if one.is_needed), AS_IT_IS)


def edits_networks(report: CheckReport) -> bool:
    """The recommendation is a change of the options that networks are built from."""
    is_of_network = dialect_of(report.plan.framework).is_of_network
    return any(is_of_network(edit.option) for edit in report.recommendation.edits)


def prove(report: CheckReport, rehearse: Optional[Rehearse]) -> CheckReport:
    """The report with proofs: with all edits together every load and the constructor run through.

    Where they do not, or where nothing can be rehearsed, it says why not.
    """
    together, loads = report.recommendation, report.loads
    if not together.is_needed:
        return report
    changed = [load.step.network for load in loads if load.recommendation.is_needed]
    if rehearse is None:
        rebuilds = edits_networks(report)
        reason = 'label:not-built-again' if rebuilds else 'label:framework-not-run'
        return dataclasses.replace(report, proof_failures=dict.fromkeys(changed, reason))
    data = edited_data(report.plan.options.data, together.edits)
    rehearsal = rehearse(data, _future_headers(report))
    everything = _runs_through(rehearsal)
    proofs = {one.step.network: _proof(one, everything) for one in rehearsal.loads}
    worst = min(proofs.values(), key=lambda one: one.parameter_fraction, default=NOT_PROVEN)
    return dataclasses.replace(
        report,
        loads=tuple(_proven(load, proofs) for load in loads),
        recommendation=dataclasses.replace(together, proof=worst),
        proof_failures=_failures(changed, rehearsal, everything),
    )


def _runs_through(rehearsal: Rehearsal) -> bool:
    """There are loads, and with each of them the constructor runs to its end."""
    if rehearsal.failure or rehearsal.stop is not None:
        return False
    return bool(rehearsal.loads) and all(one.configured.loads for one in rehearsal.loads)


def _proof(load: RehearsedLoad, everything: bool) -> Proof:
    made = load.configured
    coverage = Coverage.of(load.network, made.loaded, made.partial)
    random = by_module((*made.missing, *(one.key for one in made.mismatched)))
    return Proof(everything, coverage.parameter_fraction, made.by, load.step.network, random)


def _proven(load: LoadReport, proofs: Dict[str, Proof]) -> LoadReport:
    if not load.recommendation.is_needed:
        return load
    proof = proofs.get(load.step.network, NOT_PROVEN)
    recommendation = dataclasses.replace(load.recommendation, proof=proof)
    return dataclasses.replace(load, recommendation=recommendation)


def _failures(networks: Sequence[str], rehearsal: Rehearsal, everything: bool) -> Dict[str, str]:
    """{network: why its recommendation is not proven}; '' for edits that belong to no load."""
    reasons = {one.step.network: _one_line(one.configured.message) for one in rehearsal.loads}
    otherwise = _reason_of_all(rehearsal) or 'label:another-load-stops'
    failures = {
        name: reasons.get(name) or otherwise
        for name in networks
        if not everything or name not in reasons
    }
    if not everything and not failures:
        failures[''] = _reason(rehearsal)
    return failures


def _reason(rehearsal: Rehearsal) -> str:
    """Why edits that belong to no load of today are not proven."""
    stopped = [one.configured for one in rehearsal.loads if not one.configured.loads]
    if stopped:
        return _one_line(f'{stopped[0].error}: {stopped[0].message}')
    return _reason_of_all(rehearsal) or 'label:no-load-made'


def _reason_of_all(rehearsal: Rehearsal) -> str:
    """Why nothing could be rehearsed, or the exception, no load's, that ends the constructor."""
    stop = rehearsal.stop
    if rehearsal.failure_message or stop is None or stop.network:
        return rehearsal.failure_message
    return _one_line(f'{stop.error}: {stop.message}')


def _one_line(message: str) -> str:
    """The beginning of an exception's text; of a load the first line says nothing of the reason."""
    if 'weights_only' in message:
        return short_reason(message, REASON_CHARACTERS)
    return ' '.join(message.split())[:REASON_CHARACTERS]


def _future_headers(report: CheckReport) -> Headers:
    """Headers of the files that are there, and of those that a conversion will make."""
    future = dict(report.headers)
    for change in (load.recommendation.conversion for load in report.loads):
        if change.is_needed:
            planned, _ = plan_file(report.headers[change.source], change.recipe)
            future[change.target] = future_header(planned, change.target)
    return future


def with_alternatives(report: CheckReport, rehearse: Optional[Rehearse]) -> CheckReport:
    """The report with the alternatives that were rehearsed and load; without a rehearsal none.

    All alternatives are rehearsed together, each in place of its load's recommendation.
    """
    if not any(load.alternative.is_needed for load in report.loads):
        return report
    swapped = [dataclasses.replace(one, recommendation=one.other_way) for one in report.loads]
    ways = [load.recommendation for load in swapped]
    edits = merged(edit for way in ways for edit in way.edits)
    together = Recommendation(edits, conversion=_first(way.conversion for way in ways))
    other = dataclasses.replace(report, loads=tuple(swapped), recommendation=together)
    loads = tuple(
        dataclasses.replace(load, alternative=_kept(load, after.recommendation))
        for load, after in zip(report.loads, prove(other, rehearse).loads)
    )
    return dataclasses.replace(report, loads=loads)


def _kept(load: LoadReport, after: Recommendation) -> Recommendation:
    """The alternative of a load, with its proof; nothing where there is none, or it stops."""
    return after if load.alternative.is_needed and after.proof.loads else Recommendation()


# Write the YAML that the recommendation asks for.


def corrected_yaml(report: CheckReport) -> str:
    """The text of the YAML with every recommended edit; unchanged when there is none.

    Raises:
        OptionError: the file's layout does not allow an edit of single lines.
    """
    options = report.plan.options
    edits = report.recommendation.edits
    return apply_edits(options, edits) if edits else options.text


def write_in_place(report: CheckReport, text: str) -> bool:
    """Replace the user's YAML; returns whether anything changed.

    Raises:
        ReportError: the file changed while it was checked, or cannot be written.
    """
    options = report.plan.options
    if text == options.text:
        return False
    if is_special(options.path):  # it was read to its end; what is written would reach nobody
        reason = phrase('not-a-file')
        raise ReportError(phrase('cannot-be-written', reason=reason), path=options.path)
    with open(options.path, encoding='utf-8', newline='') as file:
        if file.read() != options.text:
            advice = phrase('changed-meanwhile-do')
            raise ReportError(phrase('changed-meanwhile'), path=options.path, advice=advice)
    write_text(options.path, text)
    return True
