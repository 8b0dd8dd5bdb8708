"""Read the state file that a training would resume from, without loading it."""

from __future__ import annotations

import dataclasses
import difflib
import os
from typing import Iterator, Optional

from basicsr_weightcheck.checkpoint.pickles.weights_only import (
    FIRST_SAFE_DEFAULT,
    dangerous_globals,
    refused_globals,
)
from basicsr_weightcheck.checkpoint.read import any_code, read_header
from basicsr_weightcheck.dialects.dialect import number_in_name
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.weight_paths import resolve
from basicsr_weightcheck.records.plans import NO_STATE, LoadPlan, ResumeState
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.records.tensors import (
    CheckpointHeader,
    FileDict,
    Listing,
    Scalar,
    Value,
    tensors_in,
)
from basicsr_weightcheck.rehearsal.harmless import has_gpu
from basicsr_weightcheck.version import installed_version, version_numbers


def iteration_of(path: str) -> Optional[int]:
    """The iteration that a state file holds; where it holds none, what its name says."""
    found = read_state(path).iteration
    return number_in_name(path) if found is None else found


def resume_state(plan: LoadPlan) -> ResumeState:
    """The state that the training resumes from, NO_STATE for a fresh start."""
    if not plan.resume.happens:
        return NO_STATE
    named = plan.resume.state_path
    state = read_state(resolve(named, plan.working_directory))
    near = _nearest(named, plan.working_directory) if state.problem == 'missing' else ''
    return dataclasses.replace(state, path=named, nearest=near)


def _nearest(named: str, working_directory: str) -> str:
    """The state beside it that was probably meant, '' when there is none."""
    folder, name = os.path.split(named)
    try:
        beside = sorted(os.listdir(os.path.join(working_directory, folder)))
    except OSError:
        return ''
    states = [one for one in beside if one.endswith('.state')]
    near = difflib.get_close_matches(name, states, 1, 0.4) or states[-1:]
    return os.path.join(folder, near[0]) if near else ''


def with_surroundings(state: ResumeState, plan: LoadPlan, rehearsal: Rehearsal) -> ResumeState:
    """The state, and what it meets: the parameters of the networks, a GPU."""
    if state == NO_STATE or not rehearsal.was_run:
        return state
    networks = dict(rehearsal.networks)
    counts = [(name, networks[name].trained) for name in plan.optimized_networks
              if name in networks]  # fmt: skip
    known = tuple((name, count) for name, count in counts if count is not None)
    refuses = version_numbers(rehearsal.torch_version) >= FIRST_SAFE_DEFAULT
    return dataclasses.replace(
        state,
        expected=known,
        refused=state.refused if refuses else (),
        lacks_gpu=dialect_of(plan.framework).resumes_on_gpu
        and has_gpu(rehearsal.torch_version) is False,
    )


def read_state(path: str) -> ResumeState:
    """What the file at `path` holds; its `problem` says what is wrong with it."""
    if not os.path.exists(path):
        return ResumeState(path, 'missing')
    try:
        header = read_header(path)
    except CheckpointError as error:
        return ResumeState(path, 'unreadable', error.what)
    code = any_code(header)
    if code:
        said = 'state-dangerous' if dangerous_globals(code) else 'state-code'
        return ResumeState(path, 'unreadable', phrase(said, names=code))
    if not header.complete:
        return ResumeState(path, 'unreadable', phrase('state-cut'))
    if isinstance(header.root, FileDict) and header.is_training_state:
        return _state_in(header.root, header, path)
    return ResumeState(path, 'weights')


def _state_in(root: FileDict, header: CheckpointHeader, path: str) -> ResumeState:
    iteration = root.get('iter')
    number = iteration.value if isinstance(iteration, Scalar) else None
    refused = refused_globals(header, installed_version('torch') or '')
    storages = [spec.storage for spec in tensors_in(root) if spec.storage]
    return ResumeState(
        path,
        iteration=number if isinstance(number, int) else None,
        optimizers=tuple(map(_parameters, _dicts(root.get('optimizers')))),
        cuda_tensors=sum(one.device.startswith('cuda') for one in storages),
        refused=tuple(one.name for one in refused),
    )


def _parameters(optimizer: FileDict) -> int:
    """Over all its groups."""
    listed = (group.get('params') for group in _dicts(optimizer.get('param_groups')))
    return sum(len(one.items) for one in listed if isinstance(one, Listing))


def _dicts(value: Optional[Value]) -> Iterator[FileDict]:
    """Those of a list."""
    items = value.items if isinstance(value, Listing) else ()
    return (item for item in items if isinstance(item, FileDict))
