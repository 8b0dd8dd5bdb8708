"""What is known of a training from inside: its options, and the call that is being made."""

from __future__ import annotations

import dataclasses
import inspect
import logging
import os
import sys
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from basicsr_weightcheck.dialects.dialect import Dialect, Start
from basicsr_weightcheck.dialects.find import dialect_of, framework_at
from basicsr_weightcheck.errors import OptionError, UsageError
from basicsr_weightcheck.hook import deliver
from basicsr_weightcheck.plan import policy
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.overrides import apply_overrides, forced_entries, option_path
from basicsr_weightcheck.records.plans import (
    NO_FRAMEWORK,
    NO_RESUME,
    Framework,
    LoadPlan,
    LoadStep,
    Misread,
    OptionFile,
    Policy,
    Resume,
)
from basicsr_weightcheck.rehearsal.network import NETWORK_NAMES, bare_network

_said: Set[str] = set()  # what of a policy could not be understood


class Call(NamedTuple):
    """A call that is about to be made.

    Attributes:
        function: the method, unbound.
        model: the framework's model object.
        bound: its arguments, the model first, defaults applied.
        network_name: name of the argument that is the network.
        path_name: of the argument that is the path of the file.
    """

    function: Callable[..., Any]
    model: Any
    bound: inspect.BoundArguments
    network_name: str
    path_name: str

    @classmethod
    def of(
        cls, wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Optional[Call]:
        """The call of a bound method; None where it is given no network or no path."""
        function = getattr(wrapped, '__func__', wrapped)
        try:
            bound = inspect.signature(function).bind(model, *args, **kwargs)
        except (TypeError, ValueError):
            return None  # the call itself will say what is wrong with it
        bound.apply_defaults()
        names = bound.arguments
        # By name and kind: forks have these two in either order.
        network = next((name for name in NETWORK_NAMES if hasattr(names.get(name), 'modules')), '')
        named = ((n, v) for n, v in names.items() if n.endswith('path'))
        path = next((n for n, v in named if isinstance(v, (str, os.PathLike))), '')
        return cls(function, model, bound, network, path) if network and path else None

    @property
    def arguments(self) -> Dict[str, Any]:
        """By name."""
        return self.bound.arguments

    @property
    def network(self) -> Any:
        """As the training has it, possibly wrapped."""
        return self.bound.arguments[self.network_name]

    @property
    def path(self) -> str:
        """Of the file."""
        path: str = os.fspath(self.bound.arguments[self.path_name])
        return path


class Situation(NamedTuple):
    """A training that has begun, as its own process knows it.

    Attributes:
        options: as the model has them, a nested dict.
        file: the option file, with the lines of its options and what --force_yml makes of them.
        framework: the code that runs it.
    """

    options: Dict[str, Any]
    file: OptionFile
    framework: Framework

    @classmethod
    def of(cls, options: Dict[str, Any], module: str) -> Situation:
        """What is known where code of a module (import name) of the framework runs."""
        return cls(options, _option_file(options), imported_framework(module))

    @property
    def dialect(self) -> Dialect:
        """What knows the framework."""
        return dialect_of(self.framework)

    @property
    def paths(self) -> Dict[str, Any]:
        """The section `path:` as the model has it; empty where there is none."""
        section = self.options.get('path')
        return section if isinstance(section, dict) else {}

    def plan(self, steps: Tuple[LoadStep, ...]) -> LoadPlan:
        """Some loads of the training as its own options describe it, with nothing resumed."""
        return LoadPlan(
            options=self.file,
            name=str(self.options.get('name', '')),
            model_type=self.dialect.model_type(self.file),
            is_train=bool(self.options.get('is_train', True)),
            framework=self.framework,
            ema_decay=self.dialect.ema_decay(OptionFile('', '', self.options)),
            steps=steps,
            working_directory=os.getcwd(),
        )

    def plan_of_call(self, step: LoadStep, least: float) -> LoadPlan:
        """The training as far as a call is concerned; `least` is the share that has to be loaded.

        What the start does to folders has happened already, so nothing is said of it.
        """
        start = Start(self.file, self.framework, os.getcwd())
        root = self.paths.get('experiments_root') or self.dialect.experiments_root(start)
        return dataclasses.replace(
            self.plan((step,)),
            resume=_resume(step, self.file, self.paths),
            experiments_root=str(root),
            policy=Policy(min_loaded=least),
        )

    def step_of(self, call: Call) -> LoadStep:
        """A call as a record; its options are those whose values it was given."""
        planned = _planned(call, self.options)
        step = planned or self._called_alike(call)
        step = dataclasses.replace(
            step,
            strict_configured=call.arguments.get('strict', True),
            strict_written=bool(step.strict_option) and self.file.has(step.strict_option),
            key_configured=call.arguments.get('param_key'),
            key_written=bool(step.key_option) and self.file.has(step.key_option),
        )
        return step if planned is None else self.dialect.corrected(step, self.file.data)

    def _called_alike(self, call: Call) -> LoadStep:
        """A load that nothing has planned: its options are called as the network is."""
        network = _attribute(call.model, call.network)
        letter = network.replace('net_', '', 1).replace('_ema', '')
        keys = [f'param_key_{letter}', 'param_key']
        key_option = next((one for one in keys if one in self.paths), keys[0])
        has_key = 'param_key' in call.arguments and not network.endswith('_ema')
        options = OptionFile('', '', self.options)
        step = dialect_of(NO_FRAMEWORK).step(
            options,
            network,
            f'network_{letter}',
            f'path.pretrain_network_{letter}',
            call.path,
            strict_option=f'path.strict_load_{letter}' if 'strict' in call.arguments else '',
            key_option=f'path.{key_option}' if has_key else '',
        )
        network_type = options.get(f'network_{letter}.type') or type(call.network).__name__
        return dataclasses.replace(step, network_type=str(network_type))


def _option_file(options: Dict[str, Any]) -> OptionFile:
    """The file that the training has read; without one the options as the model has them."""
    path = _path_of(options)
    if path:
        try:
            return apply_overrides(read_options(path), forced_entries(sys.argv))
        except (OptionError, UsageError):
            pass  # the training could read it; only lines and diffs are lost
    return OptionFile(path or 'the training options', '', options)


def _path_of(options: Mapping[str, Any]) -> str:
    """Named on the command line, or in the options: KAIR has a file by default."""
    return option_path(sys.argv) or str(options.get('opt_path') or '')


def read_policy(options: Mapping[str, Any]) -> Tuple[Policy, Tuple[Misread, ...]]:
    """What the user of this training wants, and what of it could not be understood."""
    return policy.read_policy(options, os.environ, _path_of(options))


def policy_of(model: Any) -> Policy:
    """The user's policy; what cannot be understood is said once."""
    wanted, misread = read_policy(options_of(model))
    for problem in (one.text for one in misread):
        if problem not in _said:
            _said.add(problem)
            deliver.tell('hook-policy', logging.WARNING, problem=problem)
    return wanted


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
    # KAIR: the package that was imported is only a part of the framework.
    at_root = root in dialect_of(framework_at(root, True)).origins(root)
    return framework_at(root if at_root else origin, 'site-packages' not in origin)


def options_of(model: Any) -> Dict[str, Any]:
    """The training's options as a nested dict, whatever its framework makes of them."""
    dialect = dialect_of(imported_framework(type(model).__module__))
    return dialect.plain_options(model)


def _planned(call: Call, options: Dict[str, Any]) -> Optional[LoadStep]:
    """The load that the dialect expects with these options for this file and network.

    A network that the model has not got yet is the first expected one that it lacks.
    """
    steps = planned_steps(call.model, options)
    # Before a load the network may not be the model's yet: some build, load and then assign.
    held = {name for name, value in vars(call.model).items() if value is not None}
    mine = [name for name, value in vars(call.model).items() if _is_of(value, call.network)]
    for step in steps:
        if step.load_path == call.path:
            if step.network in mine or (not mine and step.network not in held):
                return step
    return None


def planned_steps(model: Any, options: Dict[str, Any]) -> Tuple[LoadStep, ...]:
    """The loads that the dialect expects of a model, of whatever module its own class is."""
    found = (imported_framework(one.__module__) for one in type(model).__mro__)
    framework = next((one for one in found if one.dialect != NO_FRAMEWORK.dialect), NO_FRAMEWORK)
    dialect, read = dialect_of(framework), OptionFile('', '', options)
    return dialect.steps(read, framework, dialect.ema_decay(read), dialect.is_train(read))


def _is_of(value: Any, network: Any) -> bool:
    return value is network or (hasattr(value, 'modules') and bare_network(value) is network)


def _attribute(model: Any, network: Any) -> str:
    for name, value in vars(model).items():
        if value is network:
            return str(name)
    return 'net_g'


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


def _resume(step: LoadStep, file: OptionFile, paths: Dict[str, Any]) -> Resume:
    """The resume that put another file in the place of the YAML's, NO_RESUME without one."""
    written = file.get(step.path_option)
    state, automatic = paths.get('resume_state'), '--auto_resume' in sys.argv
    is_own = os.path.expanduser(str(written or '')) == step.load_path
    if is_own or not (state or automatic):
        return NO_RESUME
    replaced = ((step.path_option, str(written or ''), step.load_path),)
    return Resume(str(state or ''), automatic, None, replaced)


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
