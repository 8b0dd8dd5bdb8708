"""Read the state file that a training would resume from, without loading it."""

from __future__ import annotations

import dataclasses
import difflib
import os
from typing import Optional, Tuple

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
from basicsr_weightcheck.records.plans import LoadPlan, ResumeState
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.records.tensors import (
    FileDict,
    Listing,
    Scalar,
    TensorSpec,
    Value,
    tensors_in,
)
from basicsr_weightcheck.rehearsal.surroundings import has_gpu
from basicsr_weightcheck.version import installed_version, version_numbers


def iteration_of(path: str) -> Optional[int]:
    """The iteration that a state file holds; where it holds none, what its name says."""
    found = read_state(path).iteration
    return number_in_name(path) if found is None else found


def resume_state(plan: LoadPlan) -> Optional[ResumeState]:
    """The state that the training resumes from, None for a fresh start."""
    if plan.resume is None:
        return None
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


def with_surroundings(
    state: Optional[ResumeState], plan: LoadPlan, rehearsal: Rehearsal
) -> Optional[ResumeState]:
    """The state, and what it meets: the parameters of the networks, a GPU."""
    if state is None or not rehearsal.was_run:
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
    version = installed_version('torch') or ''
    code = any_code(header)
    if code:
        said = 'state-dangerous' if dangerous_globals(code) else 'state-code'
        return ResumeState(path, 'unreadable', phrase(said, names=code))
    if not header.complete:
        return ResumeState(path, 'unreadable', phrase('state-cut'))
    root = header.root
    if not isinstance(root, FileDict) or not header.is_training_state:
        return ResumeState(path, 'weights')
    iteration = root.get('iter')
    number = iteration.value if isinstance(iteration, Scalar) else None
    return ResumeState(
        path,
        iteration=number if isinstance(number, int) else None,
        optimizers=_optimizers(root.get('optimizers')),
        cuda_tensors=sum(_device(spec).startswith('cuda') for spec in tensors_in(root)),
        refused=tuple(one.name for one in refused_globals(header, version)),
    )


def _optimizers(value: Optional[Value]) -> Tuple[int, ...]:
    """Number of parameters of each optimizer, over all its groups."""
    items = value.items if isinstance(value, Listing) else ()
    return tuple(_parameters(item.get('param_groups')) for item in items
                 if isinstance(item, FileDict))  # fmt: skip


def _parameters(groups: Optional[Value]) -> int:
    total = 0
    for group in groups.items if isinstance(groups, Listing) else ():
        listed = group.get('params') if isinstance(group, FileDict) else None
        total += len(listed.items) if isinstance(listed, Listing) else 0
    return total


def _device(spec: TensorSpec) -> str:
    return spec.storage.device if spec.storage is not None else ''
