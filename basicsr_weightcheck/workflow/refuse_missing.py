"""A weight path that leads to no file: what is wrong with it, and where the file may be."""

from __future__ import annotations

import os
from typing import Iterator, Optional, Tuple

from basicsr_weightcheck.dialects.table import dialect_of
from basicsr_weightcheck.errors import CheckpointError, WeightsMissingError
from basicsr_weightcheck.messages.lookup import no_value, phrase
from basicsr_weightcheck.plan.weight_paths import SUFFIXES, is_address, nearest_file, resolve
from basicsr_weightcheck.records.phrases import Phrase
from basicsr_weightcheck.records.plans import LoadPlan, LoadStep

# Texts that name no file anywhere, so that no other machine can have it.
MISTAKES = ('weights-not-text', 'weights-none', 'weights-space', 'weights-address')
NO_WEIGHTS = ('none', 'null', 'nan', '~', '')
SHOWN_FILES = 3
Problem = Tuple[Phrase, str]


def refuse_missing(step: LoadStep, plan: LoadPlan) -> None:
    """Raise CheckpointError where there is no file to read."""
    path = resolve(step.load_path, plan.working_directory)
    if os.path.isfile(path):
        return
    what, advice = _problem(step, path, plan)
    absent = not os.path.exists(path) and what.code not in MISTAKES
    raise (WeightsMissingError if absent else CheckpointError)(
        what,
        path=plan.options.path,
        line=plan.options.lines.get(step.path_option, 0),
        option=step.path_option,
        advice=advice,
    )


def _problem(step: LoadStep, path: str, plan: LoadPlan) -> Problem:
    # A file that the training finds by itself is named by no option.
    written = plan.options.get(step.path_option) if step.path_option else step.load_path
    return (
        _gone_from_resume(step, plan)
        or _miswritten(written, plan)
        or _folder_or_misread(step, path, str(written), plan)
        or _elsewhere(step.load_path, plan)
        or _nowhere(step.load_path, plan)
    )


def _gone_from_resume(step: LoadStep, plan: LoadPlan) -> Optional[Problem]:
    if plan.resume is None or step.path_option not in {one[0] for one in plan.resume.replaced}:
        return None
    near = nearest_file(step.load_path, plan.working_directory)
    advice = phrase('resume-network-near', path=near) if near else phrase('resume-network-do')
    state = plan.resume.state_path
    return phrase('resume-network-missing', state=state, found=repr(step.load_path)), advice


def _miswritten(written: object, plan: LoadPlan) -> Optional[Problem]:
    """What can be no path, on whatever machine."""
    nothing = phrase('weights-none-do', write=no_value(plan.options.nothing))
    if not isinstance(written, str):
        return phrase('weights-not-text', found=repr(written)), nothing
    if written.strip().lower() in NO_WEIGHTS:
        return phrase('weights-none', found=repr(written)), nothing
    if written.strip() != written:
        advice = phrase('weights-write', path=written.strip())
        return phrase('weights-space', found=repr(written)), advice
    if is_address(written):
        return phrase('weights-address', found=repr(written)), phrase('weights-address-do')
    return None


def _folder_or_misread(
    step: LoadStep, path: str, written: str, plan: LoadPlan
) -> Optional[Problem]:
    """A path that is there and no file, or a file that the training's script passes over."""
    if os.path.isdir(path):
        return phrase('weights-folder', found=repr(written)), _files_in(path)
    misread = '' if step.path_option else dialect_of(plan.framework).misread_file(path)
    if not misread:
        return None
    what = phrase('weights-misread', found=repr(step.load_path), path=misread)
    return what, phrase('weights-misread-do', name=os.path.basename(misread))


def _files_in(folder: str) -> str:
    names = sorted(name for name in os.listdir(folder) if name.endswith(SUFFIXES))
    if not names:
        return phrase('weights-folder-do')
    return phrase('weights-folder-holds', names=tuple(names[:SHOWN_FILES]))


def _elsewhere(load_path: str, plan: LoadPlan) -> Optional[Problem]:
    """The same relative path below the YAML's folder, one above it, or the repository."""
    if os.path.isabs(load_path):
        return None
    for folder in _starts(plan):
        if os.path.isfile(os.path.join(folder, load_path)):
            what = phrase(
                'weights-elsewhere',
                found=repr(load_path), folder=plan.working_directory, other=folder,
            )  # fmt: skip
            target = os.path.normpath(os.path.join(folder, load_path))
            return what, phrase('weights-elsewhere-do', other=folder, path=target)
    return None


def _starts(plan: LoadPlan) -> Iterator[str]:
    folder = os.path.dirname(os.path.abspath(plan.options.path))
    while True:
        if folder != os.path.abspath(plan.working_directory):
            yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    if plan.framework.vendored:
        yield plan.framework.root


def _nowhere(load_path: str, plan: LoadPlan) -> Problem:
    if '$' in load_path or '%' in load_path:
        what = phrase('weights-variable', found=repr(load_path))
    elif os.path.isabs(load_path):
        what = phrase('weights-missing', found=repr(load_path))
    else:
        folder = plan.working_directory
        what = phrase('weights-missing-here', found=repr(load_path), folder=folder)
    near = nearest_file(load_path, plan.working_directory)
    return what, phrase('weights-nearest', path=near) if near else phrase('weights-path-do')
