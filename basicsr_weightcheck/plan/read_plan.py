"""From options and framework to the plan of all loads."""

from __future__ import annotations

import dataclasses
import locale
import os
from typing import Any, Callable, Dict, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import Start, number_in_name
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.plan.policy import read_policy
from basicsr_weightcheck.records.plans import (
    NO_RESUME,
    Framework,
    LoadPlan,
    LoadStep,
    OptionFile,
    ResumeTraps,
)


def read_plan(
    options: OptionFile,
    framework: Framework,
    working_directory: str,
    auto_resume: bool = False,
    iteration_of: Callable[[str], Optional[int]] = number_in_name,
) -> LoadPlan:
    """Return what a training of these options will load.

    Args:
        framework: the code that will run it.
        working_directory: folder the training is started from.
        auto_resume: the training is started with --auto_resume.
        iteration_of: tells the iteration of a state file; the training reads it from the file.
    """
    dialect = dialect_of(framework)
    policy, misread = read_policy(options.data, {}, options.path)
    start = Start(options, framework, working_directory, auto_resume, iteration_of)
    is_train = dialect.is_train(options)
    root = dialect.experiments_root(start)
    resume, traps = NO_RESUME, ResumeTraps()
    if is_train:
        resume = dialect.find_resume(start, root)
        traps = dialect.resume_traps(start, root, resume)
    used = dataclasses.replace(options, data=dialect.used_data(options, framework, resume))
    ema_decay = dialect.ema_decay(options)
    # After the resume: it puts other files in the place of those that the options name.
    steps = dialect.steps(used, framework, ema_decay, is_train)
    archives = is_train and not resume.happens and dialect.archives and os.path.isdir(root)
    return LoadPlan(
        options=options,
        name=str(options.get('name', '')),
        model_type=dialect.model_type(options),
        is_train=is_train,
        framework=framework,
        ema_decay=ema_decay,
        steps=steps,
        resume=resume,
        resume_traps=traps,
        optimized_networks=dialect.optimized_networks(options),
        free_name=_free_name(options, root),
        policy=policy,
        misread_settings=misread,
        undecodable=('', 0) if framework.names_encoding else _fails_in_locale(options.text),
        working_directory=working_directory,
        experiments_root=root,
        other_weight_paths=dialect.other_weight_paths(options),
        archived_folder=root if archives else '',
        archived_options=_inside(steps, root, working_directory) if archives else (),
        path_effects=() if resume.happens else dialect.path_effects(start),
        unknown_options=dialect.unknown_options(start),
        misplaced_options=dialect.misplaced_options(options),
        forced_options=dialect.forced_options(options),
        ignored_key_options=dialect.ignored_key_options(start),
        facts=dialect.facts(start, resume),
    )


def used_options(plan: LoadPlan) -> Any:
    """The options that reach the model's constructor, after the start has changed them."""
    return dialect_of(plan.framework).used_data(plan.options, plan.framework, plan.resume)


def without_resume(plan: LoadPlan) -> LoadPlan:
    """The same training with nothing to resume from: the YAML's own files are loaded."""
    return replan(dataclasses.replace(plan, resume=NO_RESUME), plan.options.data)


def replan(plan: LoadPlan, data: Dict[str, Any]) -> LoadPlan:
    """The same training with other option values: its steps follow them."""
    options = dataclasses.replace(plan.options, data=data)
    dialect = dialect_of(plan.framework)
    steps = dialect.steps(options, plan.framework, plan.ema_decay, plan.is_train)
    return dataclasses.replace(plan, options=options, steps=steps)


def _inside(
    steps: Tuple[LoadStep, ...], experiments_root: str, working_directory: str
) -> Tuple[str, ...]:
    """Path options whose file lies in the folder that is about to be renamed."""
    root = os.path.realpath(experiments_root) + os.sep
    inside = []
    for step in steps:
        path = os.path.realpath(os.path.join(working_directory, step.load_path))
        if path.startswith(root) and step.path_option not in inside:
            inside.append(step.path_option)
    return tuple(inside)


def _free_name(options: OptionFile, root: str) -> str:
    """The name with the first number that no experiment has yet."""
    if not root:
        return ''
    number = 2
    while os.path.exists(f'{root}_{number}'):
        number += 1
    return f'{options.get("name")}_{number}'


def _fails_in_locale(text: str) -> Tuple[str, int]:
    """(encoding, 1-based line) where this machine's encoding cannot decode the file; ('', 0) else.

    That is what open() takes where no encoding is named, on Windows often GBK or cp1252.
    """
    name = locale.getpreferredencoding(False)
    raw = text.encode('utf-8')
    try:
        raw.decode(name)
    except UnicodeDecodeError as error:
        return name, raw.count(b'\n', 0, error.start) + 1
    except LookupError:
        pass  # an encoding that Python does not have tells nothing
    return '', 0
