"""What is known of a training from inside: its options, and the call that is being made."""

from __future__ import annotations

import dataclasses
import itertools
import os
import sys
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.dialects.find import framework_at
from basicsr_weightcheck.dialects.table import dialect_of
from basicsr_weightcheck.errors import OptionError, UsageError
from basicsr_weightcheck.hook.call import Call
from basicsr_weightcheck.hook.shadow import bare_network
from basicsr_weightcheck.plan import policy
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.overrides import apply_overrides
from basicsr_weightcheck.records.plans import (
    NO_FRAMEWORK,
    Framework,
    LoadPlan,
    LoadStep,
    Misread,
    OptionFile,
    Policy,
    Resume,
)

OPTION_FLAGS = ('-opt', '--opt')


def option_file(argv: Sequence[str], options: Dict[str, Any]) -> OptionFile:
    """The file named on the command line, or in the options (KAIR has one by default); without one
    the options as the model has them.
    """
    path = option_path(argv) or str(options.get('opt_path') or '')
    if path:
        try:
            return apply_overrides(read_options(path), _forced(argv))
        except (OptionError, UsageError):
            pass  # the training could read it; only lines and diffs are lost
    return OptionFile(path or 'the training options', '', options)


def option_path(argv: Sequence[str]) -> str:
    """What stands after -opt on a command line, '' when it is not there."""
    for index, word in enumerate(argv):
        flag, equals, value = word.partition('=')
        if flag in OPTION_FLAGS:
            return value if equals else ''.join(argv[index + 1 : index + 2])
    return ''


def read_policy(options: Mapping[str, Any]) -> Tuple[Policy, Tuple[Misread, ...]]:
    """What the user of this training wants, and what of it could not be understood."""
    path = option_path(sys.argv) or str(options.get('opt_path') or '')
    return policy.read_policy(options, os.environ, path)


def _forced(argv: Sequence[str]) -> Sequence[str]:
    """The entries of BasicSR's own option --force_yml."""
    if '--force_yml' not in argv:
        return ()
    rest = argv[list(argv).index('--force_yml') + 1 :]
    return list(itertools.takewhile(lambda word: not word.startswith('-'), rest))


def imported_framework(module_name: str) -> Framework:
    """The package that a loader's module belongs to, told from its folder.

    Or the repository, where its packages lie at its root.
    """
    package = sys.modules.get(module_name.split('.')[0])
    places = list(getattr(package, '__path__', ()))
    if not places:
        return NO_FRAMEWORK
    origin = os.path.abspath(places[0])
    root = os.path.dirname(origin)
    at_root = root in dialect_of(framework_at(root, True)).origins(root)
    return framework_at(root if at_root else origin, 'site-packages' not in origin)


def options_of(model: Any) -> Dict[str, Any]:
    """The training's options as a nested dict, whatever its framework makes of them."""
    dialect = dialect_of(imported_framework(type(model).__module__))
    return dialect.plain_options(model)


def make_step(call: Call, options: Dict[str, Any], file: OptionFile) -> LoadStep:
    """The call as a record; its options are those whose values it was given.

    Args:
        call: of the live model.
        options: the training's options, as the model has them.
        file: the YAML.
    """
    arguments = call.arguments
    planned = _planned(call, options)
    step = planned or _called_alike(call, options, file)
    step = dataclasses.replace(
        step,
        strict_configured=arguments.get('strict', True),
        strict_written=bool(step.strict_option) and file.has(step.strict_option),
        key_configured=arguments.get('param_key'),
        key_written=bool(step.key_option) and file.has(step.key_option),
    )
    if planned is None:
        return step
    framework = imported_framework(call.function.__module__)
    return dialect_of(framework).corrected(step, file.data)


def _called_alike(call: Call, options: Dict[str, Any], file: OptionFile) -> LoadStep:
    """A load that nothing has planned: its options are called as the network is."""
    network = _attribute(call.model, call.network)
    letter = network.replace('net_', '', 1).replace('_ema', '')
    known = OptionFile('', '', options)
    keys = [f'path.param_key_{letter}', 'path.param_key']
    key_option = next((one for one in keys if known.has(one)), keys[0])
    has_key = 'param_key' in call.arguments and not network.endswith('_ema')
    step = dialect_of(NO_FRAMEWORK).step(
        known,
        network,
        f'network_{letter}',
        f'path.pretrain_network_{letter}',
        call.path,
        strict_option=f'path.strict_load_{letter}' if 'strict' in call.arguments else '',
        key_option=key_option if has_key else '',
    )
    network_type = known.get(f'network_{letter}.type') or type(call.network).__name__
    return dataclasses.replace(step, network_type=str(network_type))


def _planned(call: Call, options: Dict[str, Any]) -> Optional[LoadStep]:
    """The load that the dialect expects with these options for this file and network.

    A network that the model has not got yet is the first expected one that it lacks.
    """
    framework = imported_framework(type(call.model).__module__)
    dialect = dialect_of(framework)
    read = OptionFile('', '', options)
    steps = dialect.steps(read, framework, dialect.ema_decay(read), dialect.is_train(read))
    held = {name for name, value in vars(call.model).items() if value is not None}
    mine = [name for name, value in vars(call.model).items() if _is_of(value, call.network)]
    for step in steps:
        if step.load_path == call.path:
            if step.network in mine or (not mine and step.network not in held):
                return step
    return None


def _is_of(value: Any, network: Any) -> bool:
    return value is network or (hasattr(value, 'modules') and bare_network(value) is network)


def _attribute(model: Any, network: Any) -> str:
    for name, value in vars(model).items():
        if value is network:
            return str(name)
    return 'net_g'


def make_plan(
    step: LoadStep,
    options: Dict[str, Any],
    file: OptionFile,
    framework: Framework,
    least: float,
) -> LoadPlan:
    """The training as far as this call is concerned; `least` is the share that has to be loaded.

    What the start does to folders has happened already, so nothing is said of it.
    """
    start = Start(file, framework, os.getcwd())
    paths = options.get('path')
    paths = paths if isinstance(paths, dict) else {}
    root = paths.get('experiments_root') or dialect_of(framework).experiments_root(start)
    return dataclasses.replace(
        live_plan((step,), options, file, framework),
        resume=_resume(step, file, paths),
        experiments_root=str(root),
        policy=Policy(min_loaded=least),
    )


def live_plan(
    steps: Tuple[LoadStep, ...], options: Dict[str, Any], file: OptionFile, framework: Framework
) -> LoadPlan:
    """Some loads of a training as its own options describe it, with nothing resumed."""
    dialect = dialect_of(framework)
    return LoadPlan(
        options=file,
        name=str(options.get('name', '')),
        model_type=dialect.model_type(file),
        is_train=bool(options.get('is_train', True)),
        framework=framework,
        ema_decay=dialect.ema_decay(OptionFile('', '', options)),
        steps=steps,
        resume=None,
        working_directory=os.getcwd(),
    )


def ema_steps(step: LoadStep, plan: LoadPlan) -> Tuple[LoadStep, ...]:
    """The load of the EMA network that follows from the same options, for proofs that hold."""
    if step.network != 'net_g':
        return ()
    dialect = dialect_of(plan.framework)
    planned = dialect.steps(plan.options, plan.framework, plan.ema_decay, plan.is_train)
    return tuple(
        dataclasses.replace(one, load_path=step.load_path)
        for one in planned
        if one.network == f'{step.network}_ema' and one.path_option == step.path_option
    )


def _resume(step: LoadStep, file: OptionFile, paths: Dict[str, Any]) -> Optional[Resume]:
    """The resume that put another file in the place of the YAML's, None without one."""
    written = file.get(step.path_option)
    state = paths.get('resume_state')
    if os.path.expanduser(str(written or '')) == step.load_path or (not state and not _resumes()):
        return None
    replaced = ((step.path_option, str(written or ''), step.load_path),)
    return Resume(str(state or ''), '--auto_resume' in sys.argv, None, replaced)


def _resumes() -> bool:
    return '--auto_resume' in sys.argv


def with_edits(
    step: LoadStep, options: Dict[str, Any], files_to_come: Sequence[str] = ()
) -> LoadStep:
    """The same call under edited options (nested dict, as the YAML).

    Where no option names its file, one that is to be written beside it is found in its place.
    """
    edited, absent = OptionFile('', '', options), object()
    changes: Dict[str, Any] = {}
    for field, option in (
        ('load_path', step.path_option),
        ('strict_configured', step.strict_option),
        ('key_configured', step.key_option),
    ):
        value = edited.get(option, absent) if option else absent
        if value is not absent:
            changes[field] = value
    folder = os.path.dirname(step.load_path)
    beside = [one for one in files_to_come if os.path.dirname(one) == folder]
    if not step.path_option and beside:
        changes['load_path'] = beside[-1]
    return dataclasses.replace(step, **changes)
