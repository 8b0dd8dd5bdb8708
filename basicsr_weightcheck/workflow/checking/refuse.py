"""What makes a check impossible: one clear error instead of a report."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Dict, Iterator, Optional, Tuple, Type

from basicsr_weightcheck.archs import OWN, REGISTER
from basicsr_weightcheck.dialects.dialect import Dialect
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.errors import (
    CheckpointError,
    NetworkBuildError,
    NetworkBuildTimeout,
    OptionError,
    UnknownDialectError,
    UsageError,
    WeightCheckError,
    WeightsMissingError,
)
from basicsr_weightcheck.messages.lookup import no_value, phrase
from basicsr_weightcheck.plan.class_sources import find_class
from basicsr_weightcheck.plan.weight_paths import SUFFIXES, is_address, nearest_file, resolve
from basicsr_weightcheck.records.phrases import Phrase
from basicsr_weightcheck.records.plans import Duplicate, Framework, LoadPlan, LoadStep
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.records.tensors import NO_HEADERS, Headers
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.workflow.checking.loads import told

# A weight path that leads to no file: what is wrong with it, and where the file may be.

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
    kind = WeightsMissingError if absent else CheckpointError
    raise _about(step.path_option, plan, what, advice, kind)


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
    if step.path_option not in {option for option, _, _ in plan.resume.replaced}:
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
    above = map(str, Path(os.path.abspath(plan.options.path)).parents)
    yield from (one for one in above if one != os.path.abspath(plan.working_directory))
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


# Options of the training that are found among those of the network, and their section.
# Source: basicsr options/train/EDVR/train_EDVR_L_x4_SR_REDS.yml has ema_decay below network_g.
HOMES = {
    'ema_decay': 'train',
    'optim_g': 'train',
    'scheduler': 'train',
    'pretrain_network_g': 'path',
    'pretrain_network_d': 'path',
    'strict_load_g': 'path',
    'strict_load_d': 'path',
    'param_key_g': 'path',
    'gt_size': 'datasets.train',
}
SHOWN_SECTIONS = 4
ELSEWHERE = ('cuda', 'nvidia', 'nccl', 'memory', 'download')  # words of what a machine lacks
FailureFacts = Dict[str, str]


def refuse_foreign(plan: LoadPlan) -> None:
    """Raise UnknownDialectError for options of no framework that is known here.

    Where a repository's own code is found, that code says what it makes of them.
    """
    framework, options = plan.framework, plan.options
    if framework.vendored or framework.plugins or plan.model_type:
        return
    dialect = dialect_of(framework)
    sections = dialect.network_sections(options.data)
    # BasicSR before 1.0 and its forks have network_G: for later ones no network at all.
    if not any(map(str.islower, sections)) and (sections or not options.has(dialect.paths_section)):
        what = phrase('unknown-options', sections=tuple(map(str, options.data))[:SHOWN_SECTIONS])
        raise UnknownDialectError(what, path=options.path, advice=phrase('unsupported-do'))


def refuse_ambiguous(plan: LoadPlan) -> None:
    """Raise OptionError for options whose meaning hangs on luck: two values, or no section."""
    section = plan.options.data.get('path')
    if section is not None and not isinstance(section, dict):
        glued = re.sub(r':(?=\S)', ': ', section, count=1) if isinstance(section, str) else section
        what = phrase('section-is-none', found=str(section)[:80])
        advice = phrase('yaml-write', corrected=glued) if glued != section else ''
        raise _about('path', plan, what, advice, OptionError)
    for one in plan.options.duplicates:
        if not one.same and _decides(one, dialect_of(plan.framework)):  # of equal ones WC406 speaks
            what = phrase('option-twice', first=str(one.first), later=str(one.later))
            error = _about(one.option, plan, what, phrase('option-twice-do'), OptionError)
            error.line = one.later
            raise error


def _decides(twice: Duplicate, dialect: Dialect) -> bool:
    """Names like `define: &size 64`, again and again, are there for their anchors."""
    section = twice.option.split('.')[0]
    at_top = section == twice.option and not twice.used
    return at_top or section == 'path' or dialect.is_of_network(section)


def refuse_unsupported(framework: Framework, path: str) -> None:
    """Raise UnknownDialectError for a framework that is only recognised."""
    if not dialect_of(framework).is_supported:
        what = phrase('unsupported', name=framework.dialect)
        raise UnknownDialectError(what, path=path, advice=phrase('unsupported-do'))


def refuse_unbuilt(rehearsal: Rehearsal, plan: LoadPlan, headers: Headers = NO_HEADERS) -> None:
    """Raise what makes a rehearsal say nothing of the loads.

    Args:
        rehearsal: what the child reported.
        plan: the training.
        headers: {load path: header}; what they tell alone is said with it.

    Raises:
        NetworkBuildError: the network cannot be built as the options describe it.
        OptionError: the framework's own parser refuses the options.
        UsageError: a module of the user cannot be imported.
    """
    facts = dict(rehearsal.failure_facts)
    usual = dialect_of(plan.framework).section('g')
    # To blame: the one that is named, else the first whose network is loaded.
    section = facts.get('section') or (plan.steps[0].network_option if plan.steps else usual)
    of_network = {
        'unknown-network': _unknown,
        'network-options': _options_refused,
        'network-build': _fails,
    }
    if rehearsal.failure in of_network:
        error = of_network[rehearsal.failure](rehearsal, plan, section)
        raise _with_header(error, plan, section, headers)
    if rehearsal.failure == 'options':
        option, reason = facts.get('option', ''), short_reason(facts.get('reason', ''))
        what = phrase('options-refused', reason=reason)
        near = facts.get('nearest', '')
        advice = phrase('options-refused-near', nearest=near) if near else ''
        raise _about(option, plan, what, advice, OptionError)
    if rehearsal.failure == 'import' and facts.get('asked'):
        raise _asked(rehearsal, plan, facts)
    if rehearsal.failure == 'timeout':
        what = _with_output('network-timeout', facts, seconds=facts.get('seconds', ''))
        raise _about('', plan, what, phrase('network-timeout-do'), NetworkBuildTimeout)
    if rehearsal.failure == 'died':
        what = _with_output('network-died', facts, how=facts.get('how', ''))
        raise _about('', plan, what, phrase('network-died-do'))


def ends_training(rehearsal: Rehearsal) -> bool:
    """What `refuse_unbuilt` says of a rehearsal is what the training on this machine ends with.

    A class that is not known may be registered by the training's own start (--import); a package, a
    GPU, memory, a download and an environment variable may be there where it is started.
    """
    said = f'{rehearsal.failure_error}: {rehearsal.failure_message}'.lower()
    lacks = bool(rehearsal.missing) or any(word in said for word in ELSEWHERE)
    lacks = lacks or 'elsewhere' in dict(rehearsal.failure_facts)
    return rehearsal.failure in ('options', 'network-options', 'network-build') and not lacks


def _fails(rehearsal: Rehearsal, plan: LoadPlan, section: str) -> WeightCheckError:
    """The constructor of the network raises."""
    reason = f'{rehearsal.failure_error}: {short_reason(rehearsal.failure_message)}'
    advice = ''
    for package, importer in rehearsal.missing:
        advice = phrase('package-do', package=package, importer=importer)
    return _about(section, plan, phrase('network-fails', reason=reason), advice)


def _asked(rehearsal: Rehearsal, plan: LoadPlan, facts: FailureFacts) -> UsageError:
    """A module that was asked for with --import."""
    module = facts['asked']
    if facts.get('asked-lacks'):
        advice = phrase('import-asked-lacks-do', folder=plan.working_directory)
        return UsageError(phrase('import-asked-lacks', module=module), advice=advice)
    reason = short_reason(rehearsal.failure_message)
    what = phrase(
        'import-asked-fails', module=module, error=rehearsal.failure_error, reason=reason
    )  # fmt: skip
    return UsageError(what, advice=phrase('import-asked-fails-do'))


def _with_header(
    error: WeightCheckError, plan: LoadPlan, section: str, headers: Headers
) -> WeightCheckError:
    """The error, and what the header of the network's file tells."""
    paths = [step.load_path for step in plan.steps if step.network_option == section]
    for path, identity in ((name, one) for name in paths for one in told(name, headers)):
        facts = {'path': path, 'network_type': identity.network_type, 'advice': error.advice}
        options = tuple(f'{option} {value}' for option, value in identity.options)
        error.advice = phrase('advice-and-header', options=options, **facts)
        break
    return error


def _unknown(rehearsal: Rehearsal, plan: LoadPlan, section: str) -> WeightCheckError:
    """The framework has no class of this name."""
    facts = dict(rehearsal.failure_facts)
    type_option = f'{section}.{dialect_of(plan.framework).type_key}'
    network_type = plan.options.get(type_option)
    name, nearest = repr(network_type), facts.get('nearest')
    what = phrase('network-unknown', name=name)
    if nearest:
        what = phrase('network-unknown-near', name=name, nearest=nearest)
    return _about(type_option, plan, what, _where_it_is(str(network_type), facts, plan))


def _options_refused(rehearsal: Rehearsal, plan: LoadPlan, section: str) -> WeightCheckError:
    """The class does not take an option of the section, or no class is named."""
    facts = dict(rehearsal.failure_facts)
    argument = facts.get('argument', '')
    if argument == dialect_of(plan.framework).type_key:
        return _about(section, plan, phrase('network-no-type'), phrase('network-no-type-do'))
    name, nearest = repr(argument), facts.get('nearest')
    what, advice = phrase('network-argument', argument=name), phrase('network-argument-do')
    if argument in HOMES:
        advice = phrase('network-argument-home', home=HOMES[argument])
    elif nearest:
        what = phrase('network-argument-near', argument=name, nearest=nearest)
    return _about(f'{section}.{argument}', plan, what, advice)


def _with_output(code: str, facts: FailureFacts, **more: str) -> Phrase:
    """A sentence, and the last line that the child printed where it printed any."""
    output = facts.get('output', '').strip()
    if not output:
        return phrase(code, **more)
    return phrase(f'{code}-output', output=output.splitlines()[-1][:200], **more)


def _where_it_is(network_type: str, facts: FailureFacts, plan: LoadPlan) -> Phrase:
    """What to do about a class that is not known: its file, where one is found."""
    path, reason = find_class(network_type, plan.framework)
    if reason == 'nowhere' and network_type in OWN:
        return phrase('network-own', name=network_type, module=REGISTER)
    searched = facts.get('searched', '')
    return {
        'nowhere': phrase('network-searched', searched=searched),
        'file-name': phrase('network-file-name', path=path, name=os.path.basename(path)),
        'not-registered': phrase('network-not-registered', path=path),
        'elsewhere': phrase('network-elsewhere', searched=searched, path=path),
    }[reason]


def _about(
    option: str,
    plan: LoadPlan,
    what: str,
    advice: str,
    kind: Type[WeightCheckError] = NetworkBuildError,
) -> WeightCheckError:
    """An error about an option, '' for the whole file, with its line."""
    line = plan.options.lines.get(option, 0)
    return kind(what, path=plan.options.path, line=line, option=option, advice=advice)
