"""Edits that cure what is wrong with the training as a whole: its name, its resume."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Iterator, Optional, Sequence

from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.dialects.table import dialect_of
from basicsr_weightcheck.plan.option_edits import edited_data
from basicsr_weightcheck.plan.weight_paths import resolve, seen_from
from basicsr_weightcheck.records.causes import NestedWeights
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.resumes import ResumeState

RESUME = 'path.resume_state'
IGNORE = 'path.ignore_resume_networks'


def training_cures(
    loads: Sequence[LoadReport],
    plan: LoadPlan,
    state: Optional[ResumeState],
    nested: Sequence[NestedWeights] = (),
) -> Iterator[OptionEdit]:
    """The edits, in no order; every one is rehearsed by the caller."""
    yield from _new_name(loads, plan)
    yield from _resume_options(plan)
    if state is not None and state.problem == 'weights':
        yield from _weights_as_weights(state, plan)
    if state is not None and state.is_unusable:
        yield from _start_over(plan)
    for one in nested:
        if one.conversion is not None:
            yield _edit(one.option, one.conversion.target, plan)
    for load in loads:
        yield from _state_as_state(load, plan)


def _new_name(loads: Sequence[LoadReport], plan: LoadPlan) -> Iterator[OptionEdit]:
    """Where the run of this name is moved away with its weights, and nothing goes on with it."""
    if not plan.archived_options or not plan.free_name or _can_resume(plan):
        return
    if not any(load.header is not None and load.header.is_training_state for load in loads):
        yield _edit('name', plan.free_name, plan)


def _resume_options(plan: LoadPlan) -> Iterator[OptionEdit]:
    """The names that a resume reads its networks and its averages by."""
    traps = plan.resume_traps
    if traps.misnamed:
        read = dict(traps.misnamed)
        written = plan.options.get(IGNORE)
        yield _edit(IGNORE, [read.get(str(name), name) for name in written], plan)
    if traps.averages_option:
        yield _edit(traps.averages_option, 'params', plan)


def _weights_as_weights(state: ResumeState, plan: LoadPlan) -> Iterator[OptionEdit]:
    """A weight file named as resume_state becomes the pretrained one, if there is none yet."""
    yield _edit(RESUME, None, plan)
    if plan.options.get('path.pretrain_network_g') is None:
        yield _edit('path.pretrain_network_g', state.path, plan)


def _can_resume(plan: LoadPlan) -> bool:
    """The run of this name has states: going on with it may be what is meant, under its name."""
    try:
        names = os.listdir(os.path.join(plan.experiments_root, 'training_states'))
    except OSError:
        return False
    return any(name.endswith('.state') for name in names)


def _start_over(plan: LoadPlan) -> Iterator[OptionEdit]:
    """The weights of the interrupted training, a new name, no state."""
    replaced = plan.resume.replaced if plan.resume is not None else ()
    there = [(option, used) for option, _, used in replaced if _is_file(used, plan)]
    if not there or not plan.free_name:
        return
    yield _edit('name', plan.free_name, plan)
    if plan.options.get(RESUME) is not None:
        yield _edit(RESUME, None, plan)
    for option, used in there:
        short = seen_from(used, plan.working_directory)
        edit = _edit(option, short.replace(os.sep, '/'), plan)  # as YAMLs are written everywhere
        if not _is_objected_to(edit, plan):
            yield edit


def _is_objected_to(edit: OptionEdit, plan: LoadPlan) -> bool:
    """A fresh start with that option has a fault that it has not without (averages: WC562)."""
    options = dataclasses.replace(plan.options, data=edited_data(plan.options.data, (edit,)))
    start = Start(options, plan.framework, plan.working_directory)
    facts = dialect_of(plan.framework).facts(start, None)
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
        yield _edit(load.step.path_option, None, plan)
        yield _edit(RESUME, load.step.load_path, plan)


def _is_file(path: str, plan: LoadPlan) -> bool:
    return os.path.isfile(resolve(path, plan.working_directory))


def _edit(option: str, after: Any, plan: LoadPlan) -> OptionEdit:
    return OptionEdit(option, plan.options.lines.get(option, 0), plan.options.get(option), after)
