"""Decide what to change for every load, prove it by a second rehearsal, write it down."""

from __future__ import annotations

import dataclasses
import os
from typing import Dict, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.advice.option_cures import edit_of, with_cures
from basicsr_weightcheck.advice.recommend import Advice, recommend
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
from basicsr_weightcheck.records.findings import Conversion, OptionEdit, Proof, Recommendation
from basicsr_weightcheck.records.plans import NO_RESUME, NO_STATE, LoadPlan, ResumeState
from basicsr_weightcheck.records.reports import CheckReport, LoadReport, Rehearsal, RehearsedLoad
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
        if one.conversion is not None:
            yield edit_of(one.option, one.conversion.target, plan)
    for load in loads:
        yield from _state_as_state(load, plan)


def _new_name(loads: Sequence[LoadReport], plan: LoadPlan) -> Iterator[OptionEdit]:
    """Where the run of this name is moved away with its weights, and nothing goes on with it."""
    if not plan.archived_options or not plan.free_name or _can_resume(plan):
        return
    if not any(load.header is not None and load.header.is_training_state for load in loads):
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
    if plan.options.get('path.pretrain_network_g') is None:
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
    if plan.options.get(RESUME) is not None:
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
    header = load.header
    if header is None or not header.is_training_state or plan.options.get(RESUME) is not None:
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
    plan, state = report.plan, report.resume_state
    advices = [_advice(load, report) for load in report.loads]
    wanted = [edit for advice in advices for edit in advice.edits]
    if plan.resume.happens:
        # It reads the files of its own run: options of the pretrained ones change nothing. What
        # gives the network back what it was made with gives it back its optimizer, too.
        is_of_network = dialect_of(plan.framework).is_of_network
        wanted = [edit for edit in wanted if is_of_network(edit.option)]
        state = NO_STATE if wanted else state
    edits = with_cures(merged([*wanted, *_training_cures(report, state)]), plan)
    diff = _diff(plan, edits)
    loads = tuple(
        _with_advice(load, advice, edits, diff) for load, advice in zip(report.loads, advices)
    )
    conversions = [one.recommendation.conversion for one in loads if one.recommendation]
    first = next(filter(None, (*conversions, *(one.conversion for one in report.nested))), None)
    together = Recommendation(edits, diff, first) if edits or any(conversions) else None
    return dataclasses.replace(report, loads=loads, recommendation=together)


def _advice(load: LoadReport, report: CheckReport) -> Advice:
    siblings = [
        one
        for one in report.loads
        if one.step.load_path == load.step.load_path
        and one.step.network_option == load.step.network_option
    ]
    tables = table_differences(load, report.plan.framework)
    candidates = find_candidates(load, tables)
    version = report.rehearsal.torch_version
    return recommend(load, tables, candidates, report.plan, siblings, version)


def _diff(plan: LoadPlan, edits: Tuple[OptionEdit, ...]) -> str:
    if not edits or plan.options.overridden:  # a change of the file alone would not do
        return ''
    try:
        return unified_diff(plan.options, apply_edits(plan.options, edits))
    except OptionError:
        return ''  # anchors in the way: the edits are still named, one by one


def _with_advice(
    load: LoadReport, advice: Advice, edits: Tuple[OptionEdit, ...], diff: str
) -> LoadReport:
    """The load with its advice; of all edits together those that are its own."""
    own = tuple(e for e in edits if e.target in {edit.target for edit in advice.edits})
    other, conversion = advice.alternative, _for_file(load, advice.conversion)
    if other is not None:
        other = dataclasses.replace(other, conversion=_for_file(load, other.conversion))
    return dataclasses.replace(
        load,
        must_be_false=advice.must_be_false,
        strict_recommended=advice.strict_recommended,
        recommendation=Recommendation(own, diff, conversion) if own or conversion else None,
        alternative=other,
    )


def _for_file(load: LoadReport, change: Optional[Conversion]) -> Optional[Conversion]:
    """A conversion with the command that does it to the file of a load."""
    if change is None:
        return None
    return as_conversion(load.step.load_path, change.target, change.recipe)


def edits_networks(report: CheckReport) -> bool:
    """The recommendation is a change of the options that networks are built from."""
    is_of_network = dialect_of(report.plan.framework).is_of_network
    together = report.recommendation
    return together is not None and any(is_of_network(edit.option) for edit in together.edits)


def prove(report: CheckReport, rehearse: Optional[Rehearse]) -> CheckReport:
    """The report with proofs: with all edits together every load and the constructor run through.

    Where they do not, or where nothing can be rehearsed, it says why not.
    """
    together, loads = report.recommendation, report.loads
    if together is None:
        return report
    if rehearse is None:
        rebuilds = edits_networks(report)
        reason = 'label:not-built-again' if rebuilds else 'label:framework-not-run'
        failures = {load.step.network: reason for load in loads if load.recommendation}
        return dataclasses.replace(report, proof_failures=failures)
    data = edited_data(report.plan.options.data, together.edits)
    rehearsal = rehearse(data, _future_headers(report))
    everything = _runs_through(rehearsal)
    proofs = {one.step.network: _proof(one, everything) for one in rehearsal.loads}
    worst = min(proofs.values(), key=lambda proof: proof.parameter_fraction, default=None)
    return dataclasses.replace(
        report,
        loads=tuple(_proven(load, proofs.get(load.step.network)) for load in loads),
        recommendation=dataclasses.replace(together, proof=worst),
        proof_failures=_failures(loads, rehearsal, everything),
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


def _proven(load: LoadReport, proof: Optional[Proof]) -> LoadReport:
    if load.recommendation is None:
        return load
    recommendation = dataclasses.replace(load.recommendation, proof=proof)
    return dataclasses.replace(load, recommendation=recommendation)


def _failures(
    loads: Sequence[LoadReport], rehearsal: Rehearsal, everything: bool
) -> Dict[str, str]:
    """{network: why its recommendation is not proven}; '' for edits that belong to no load."""
    reasons = {one.step.network: _one_line(one.configured.message) for one in rehearsal.loads}
    otherwise = rehearsal.failure_message or _stop_of_other_code(rehearsal)
    networks = [load.step.network for load in loads if load.recommendation is not None]
    failures = {
        name: reasons.get(name) or otherwise or 'label:another-load-stops'
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
    reason = rehearsal.failure_message or _stop_of_other_code(rehearsal)
    return reason or 'label:no-load-made'


def _stop_of_other_code(rehearsal: Rehearsal) -> str:
    """The exception, no load's, that then ends the constructor, '' where none does."""
    stop = rehearsal.stop
    if stop is None or stop.network:
        return ''
    return _one_line(f'{stop.error}: {stop.message}')


def _one_line(message: str) -> str:
    """The beginning of an exception's text; of a load the first line says nothing of the reason."""
    if 'weights_only' in message:
        return short_reason(message, REASON_CHARACTERS)
    return ' '.join(message.split())[:REASON_CHARACTERS]


def _future_headers(report: CheckReport) -> Headers:
    """Headers of the files that are there, and of those that a conversion will make."""
    future = dict(report.headers)
    for load in report.loads:
        advice = load.recommendation
        if advice is not None and advice.conversion is not None and load.header is not None:
            planned, _ = plan_file(load.header, advice.conversion.recipe)
            target = advice.conversion.target
            future[target] = future_header(planned, target)
    return future


def with_alternatives(report: CheckReport, rehearse: Optional[Rehearse]) -> CheckReport:
    """The report with the alternatives that were rehearsed and load; without a rehearsal none.

    All alternatives are rehearsed together, each in place of its load's recommendation.
    """
    if not any(load.alternative for load in report.loads):
        return report
    swapped = tuple(
        dataclasses.replace(load, recommendation=load.alternative or load.recommendation)
        for load in report.loads
    )
    edits = merged([e for one in swapped if one.recommendation for e in one.recommendation.edits])
    other = dataclasses.replace(report, loads=swapped, recommendation=Recommendation(edits))
    loads = tuple(
        dataclasses.replace(load, alternative=_kept(load.alternative, after.recommendation))
        for load, after in zip(report.loads, prove(other, rehearse).loads)
    )
    return dataclasses.replace(report, loads=loads)


def _kept(
    alternative: Optional[Recommendation], after: Optional[Recommendation]
) -> Optional[Recommendation]:
    if alternative is None or after is None or after.proof is None or not after.proof.loads:
        return None
    return after


# Write the YAML that the recommendation asks for.


def corrected_yaml(report: CheckReport) -> str:
    """The text of the YAML with every recommended edit; unchanged when there is none.

    Raises:
        OptionError: the file's layout does not allow an edit of single lines.
    """
    options = report.plan.options
    edits = report.recommendation.edits if report.recommendation else ()
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
