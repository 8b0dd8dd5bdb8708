"""From options and framework to the plan of all loads."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Callable, Dict, Optional

from basicsr_weightcheck.plan import around
from basicsr_weightcheck.plan.load_steps import list_steps, optimized_networks
from basicsr_weightcheck.plan.resume import find_resume, number_in_name, resumed_options
from basicsr_weightcheck.plan.resume_traps import find_traps
from basicsr_weightcheck.plan.yaml_text import fails_in_locale
from basicsr_weightcheck.records.outcomes import HALF
from basicsr_weightcheck.records.plans import Framework, LoadPlan, OptionFile
from basicsr_weightcheck.records.resumes import ResumeTraps

REPAIR_OPTION = 'weightcheck.repair_imports'
LEAST_OPTION = 'weightcheck.min_loaded'


def read_plan(
    options: OptionFile,
    framework: Optional[Framework],
    working_directory: str,
    auto_resume: bool = False,
    iteration_of: Callable[[str], Optional[int]] = number_in_name,
) -> LoadPlan:
    """Return what a training of these options will load.

    Args:
        options: the YAML.
        framework: None when no framework was found; BasicSR's own rules are then assumed.
        working_directory: folder the training is started from.
        auto_resume: the training is started with --auto_resume.
        iteration_of: tells the iteration of a state file; the training reads it from the file.
    """
    is_train = isinstance(options.get('train'), dict)
    root = _experiments_root(options, framework, working_directory)
    resume, traps = None, ResumeTraps()
    if is_train:
        around_it = (options, framework, working_directory, root, auto_resume)
        resume = find_resume(*around_it, iteration_of)
        traps = find_traps(*around_it, resume)
    used = options
    if resume is not None:
        used = dataclasses.replace(options, data=resumed_options(options, framework, resume))
    failure = fails_in_locale(options.text)
    ema_decay = _number(options.get('train.ema_decay'))
    steps = list_steps(used, framework, ema_decay, is_train)
    section = options.get('path')
    section = section if isinstance(section, dict) else {}
    archives = bool(is_train and resume is None and root and os.path.isdir(root))
    if framework is not None and framework.dialect == 'codeformer':
        archives = False  # its names carry a time stamp
    return LoadPlan(
        options=options,
        name=str(options.get('name', '')),
        model_type=str(options.get('model_type', '')),
        is_train=is_train,
        framework=framework,
        ema_decay=ema_decay,
        steps=steps,
        resume=resume,
        resume_traps=traps,
        optimized_networks=optimized_networks(options),
        free_name=_free_name(options, root),
        repairs_imports=options.get(REPAIR_OPTION) is True,
        min_loaded=_share(options.get(LEAST_OPTION)),
        undecodable=('', 0) if framework and framework.names_encoding else failure,
        working_directory=working_directory,
        experiments_root=root,
        other_weight_paths=around.other_weight_paths(options),
        archived_folder=root if archives else '',
        archived_options=(
            around.archived_options(steps, root, working_directory) if archives else ()
        ),
        path_effects=(
            around.path_effects(section, framework, working_directory) if resume is None else ()
        ),
        unknown_options=around.unknown_options(section, framework),
        misplaced_options=around.misplaced_options(options),
        forced_options=around.forced_options(options),
        ignored_key_options=around.ignored_key_options(section, framework),
    )


def used_options(plan: LoadPlan) -> Any:
    """The options that reach the model's constructor (after a resume has changed them)."""
    if plan.resume is None:
        return plan.options.data
    return resumed_options(plan.options, plan.framework, plan.resume)


def without_resume(plan: LoadPlan) -> LoadPlan:
    """The same training with nothing to resume from: the YAML's own files are loaded."""
    return replan(dataclasses.replace(plan, resume=None), plan.options.data)


def replan(plan: LoadPlan, data: Dict[str, Any]) -> LoadPlan:
    """The same training with other option values: its steps follow them."""
    options = dataclasses.replace(plan.options, data=data)
    steps = list_steps(options, plan.framework, plan.ema_decay, plan.is_train)
    return dataclasses.replace(plan, options=options, steps=steps)


def _experiments_root(
    options: OptionFile, framework: Optional[Framework], working_directory: str
) -> str:
    name = options.get('name')
    if not isinstance(name, str) or not name:
        return ''
    base = working_directory
    if framework is not None and framework.vendored:
        base = framework.root
    elif framework is not None and framework.plugins:
        base = framework.plugins[0][1]
    return os.path.join(base, 'experiments', name)


def _free_name(options: OptionFile, root: str) -> str:
    """The name with the first number that no experiment has yet."""
    if not root:
        return ''
    number = 2
    while os.path.exists(f'{root}_{number}'):
        number += 1
    return f'{options.get("name")}_{number}'


def _share(value: Any) -> float:
    """What is no share is the hook's to complain of; the default holds."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 1 else HALF


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
