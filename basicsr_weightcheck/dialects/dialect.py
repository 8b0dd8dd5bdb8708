"""What a dialect answers, with neutral answers: one subclass, in a file of its own, per framework.

Three kinds of method, told apart by who calls them:

- the parent side reads files and imports nothing of the framework;
- the child side runs in the rehearsal's child process, with the framework's own code: torch and the
  framework are imported in the methods, never at the top of a file;
- the hook's side runs inside a training.

A dialect has no state. What is found in a source tree is in the record `Framework`, which names its
dialect and is pickled to the child; `find.dialect_of` gives the object back.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import tempfile
from dataclasses import dataclass
from types import TracebackType
from typing import (
    Any,
    Callable,
    ClassVar,
    ContextManager,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
)

from basicsr_weightcheck.dialects.recorded_options import NamedSection, RecordedOptions
from basicsr_weightcheck.records.plans import (
    NO_RESUME,
    Framework,
    LoadPlan,
    LoadStep,
    OptionFile,
    PathEffect,
    PlanFact,
    Resume,
    ResumeTraps,
)
from basicsr_weightcheck.whole_file import new_file

Builder = Callable[..., Any]


def number_in_name(state_path: str) -> Optional[int]:
    """The iteration that the name of a state file tells, None when it tells none."""
    number = re.search(r'(\d+)\.state$', state_path)
    return int(number.group(1)) if number else None


@dataclass(frozen=True)
class Start:
    """A training that is about to be started.

    Attributes:
        options: its option file.
        framework: the code that runs it.
        working_directory: folder that it is started from.
        auto_resume: it is started with --auto_resume.
        iteration_of: tells the iteration of a state file; the training reads it from the file.
        script: path of the script that runs it, where that is known for certain.
    """

    options: OptionFile
    framework: Framework
    working_directory: str
    auto_resume: bool = False
    iteration_of: Callable[[str], Optional[int]] = number_in_name
    script: str = ''

    @property
    def paths(self) -> Dict[str, Any]:
        """The section `path:`; empty where there is none."""
        section = self.options.get('path')
        return section if isinstance(section, dict) else {}


@dataclass
class Parts:
    """What the child has imported of a framework.

    Attributes:
        framework: which one.
        builders: functions that build a network of a section; each is stood in for.
        networks: a registry of network classes (names in it, `get`, `keys`); None where there is
            none.
        version: as the imported package says, '' where it does not.
    """

    framework: Framework
    builders: Tuple[Builder, ...] = ()
    networks: Any = None
    version: str = ''


class Decoded(NamedTuple):
    """Options as the model's constructor gets them.

    Attributes:
        options: what is handed to the constructor.
        paths: the part of them that names weights, which notes what is looked up.
    """

    options: Any
    paths: RecordedOptions


class OptionsRefused(Exception):
    """The framework's own parser refuses the options: the training ends there.

    Args:
        option: dotted place, '' where none is named.
        reason: the parser's own words.
        nearest: name that was probably meant, '' where none is near.
    """

    def __init__(self, option: str, reason: str, nearest: str = '') -> None:
        super().__init__(option, reason)
        self.option = option
        self.reason = reason
        self.nearest = nearest


class HookPoint(NamedTuple):
    """What the hook waits for, and wraps.

    Attributes:
        module: import name; wrapped once it has been imported. It ends as one of watch.MODULES.
        owner: class in it; its subclasses are wrapped as well.
        loads: methods that load a file into a network.
        saves: methods that save a network.
        iterates: methods that make one iteration of the training.
        logger: name of the framework's logger, '' where it is that of its package.
        folders: module and name of the function that makes, and renames, the folders of a training
            whose options it is handed; () where there is none.
    """

    module: str
    owner: str
    loads: Tuple[str, ...] = ('load_network',)
    saves: Tuple[str, ...] = ('save_network',)
    iterates: Tuple[str, ...] = ('optimize_parameters',)
    logger: str = ''
    folders: Tuple[str, ...] = ()


class Dialect:
    """One framework's way; a subclass overrides what is different there.

    Attributes:
        name: of the dialect, in `Framework.dialect`; '' for a base of others.
        turn: in which it is asked whether a tree is its own, the smallest first; those of one turn
            in the order of their files. The special come before what their networks and loaders
            would pass for, too: copies of BasicSR before BasicSR.
        title: of the framework, for people; '' where that is the name of its package.
        packages: import names of the framework, told by their folder.
        option_format: of its option file, a key of plan/option_file.py.
        network_prefix: names of sections of networks begin so.
        paths_section: section whose options name weights.
        type_key: option of such a section that names the class.
        model_option: dotted place of what chooses the model.
        ema_option: of the decay of the averages.
        resumes_on_gpu: the state of a resume is put on a GPU, whatever the options say.
        predicts: compare/load_outcome.py says what its loader does, without running it.
        plugin_parts: folders of a plug-in package whose import registers its classes.
        archives: a fresh start renames an experiments folder that is there, before it loads.
        is_supported: False where it is only recognised, so that it is taken for no other.
    """

    name: ClassVar[str] = ''
    turn: ClassVar[int] = 1
    title: ClassVar[str] = ''
    packages: ClassVar[Tuple[str, ...]] = ()
    option_format: ClassVar[str] = 'yaml'
    network_prefix: ClassVar[str] = 'network_'
    paths_section: ClassVar[str] = 'path'
    type_key: ClassVar[str] = 'type'
    model_option: ClassVar[str] = 'model_type'
    ema_option: ClassVar[str] = 'train.ema_decay'
    resumes_on_gpu: ClassVar[bool] = False
    predicts: ClassVar[bool] = False
    plugin_parts: ClassVar[Tuple[str, ...]] = ('archs', 'models')
    archives: ClassVar[bool] = False
    is_supported: ClassVar[bool] = True

    # -- parent side: the tree -----------------------------------------------------------------

    def origins(self, folder: str) -> Iterator[str]:
        """Folders of code that a repository in `folder` would have."""
        return (os.path.join(folder, package) for package in self.packages)

    def recognises(self, origin: str) -> bool:
        """The code in a folder is of this framework; reads files, imports nothing."""
        return False

    def describe(self, origin: str, vendored: bool) -> Framework:
        """The framework whose code lies in `origin`.

        Args:
            origin: folder that `recognises` accepts.
            vendored: it belongs to a repository, not to site-packages.
        """
        return Framework(
            name=os.path.basename(origin),
            version='',
            layout='',
            dialect=self.name,
            origin=origin,
            root=os.path.dirname(origin),
            vendored=vendored,
            title=self.title,
            is_namespace=not os.path.isfile(os.path.join(origin, '__init__.py')),
        )

    # -- parent side: the options --------------------------------------------------------------

    def is_train(self, options: OptionFile) -> bool:
        """A training's options, not those of a test."""
        return isinstance(options.get('train'), dict)

    def model_type(self, options: OptionFile) -> str:
        """What chooses the model class, '' where nothing does."""
        return str(options.get(self.model_option, ''))

    def ema_decay(self, options: OptionFile) -> float:
        """0.0 where there are no averaged weights."""
        value = options.get(self.ema_option)
        return float(value) if isinstance(value, (int, float)) else 0.0

    def network_sections(self, options: Mapping[str, Any]) -> Dict[str, Dict[str, Any]]:
        """{name: section} of the networks, in the order of the file."""
        return {
            str(name): section
            for name, section in options.items()
            if str(name).startswith(self.network_prefix) and isinstance(section, dict)
        }

    def is_of_network(self, option: str) -> bool:
        """A dotted option is, or stands below, a section of a network."""
        return option.startswith(self.network_prefix)

    def section(self, letter: str) -> str:
        """Name of the section of a network: 'network_g' of 'g'."""
        return f'{self.network_prefix}{letter}'

    def key_option(self, framework: Framework, letter: str) -> str:
        """Name of the option below `path:` that chooses the table; '' where none does."""
        return f'param_key_{letter}' if framework.key_option_has_suffix else 'param_key'

    def path_option(self, letter: str) -> str:
        """Dotted place of the option that names the file of a network."""
        return f'{self.paths_section}.pretrain_network_{letter}'

    # -- parent side: the plan -----------------------------------------------------------------

    def converted_path(self, step: LoadStep, start: Start, target: str) -> str:
        """Where the converted file of a load goes; `target` is where it goes anywhere else."""
        return target

    def misread_file(self, load_path: str) -> str:
        """The file whose name the training has made a path of that is not there; '' without one."""
        return ''

    def steps(
        self, options: OptionFile, framework: Framework, ema_decay: float, is_train: bool
    ) -> Tuple[LoadStep, ...]:
        """The loads to expect, in their order; a rehearsal corrects them."""
        return ()

    def step(
        self,
        options: OptionFile,
        network: str,
        section: str,
        path_option: str,
        load_path: str,
        strict_option: str = '',
        key_option: str = '',
        table: Optional[str] = None,
    ) -> LoadStep:
        """A load of the plan, with the values that the options have for it.

        Args:
            network: attribute of the model.
            section: of the options, that describes the network.
            path_option: dotted place of the file's path.
            load_path: the path as the loader gets it.
            strict_option, key_option: dotted places; '' where the call has a fixed value.
            table: that is asked for where no option chooses one.
        """
        return LoadStep(
            network=network,
            network_option=section,
            network_type=str(options.get(f'{section}.{self.type_key}', '')),
            path_option=path_option,
            load_path=load_path,
            strict_option=strict_option,
            strict_configured=options.get(strict_option, True) if strict_option else True,
            strict_written=bool(strict_option) and options.has(strict_option),
            key_option=key_option,
            key_configured=options.get(key_option, table) if key_option else table,
            key_written=bool(key_option) and options.has(key_option),
        )

    def optimized_networks(self, options: OptionFile) -> Tuple[str, ...]:
        """Sections with an optimizer each, in the model's order; () where that is not known."""
        return ()

    def experiments_root(self, start: Start) -> str:
        """Folder that the training creates, archives or resumes from; '' when not known."""
        return ''

    def find_resume(self, start: Start, experiments_root: str) -> Resume:
        """The resume that this start would make, NO_RESUME for a fresh start."""
        return NO_RESUME

    def used_data(
        self, options: OptionFile, framework: Framework, resume: Resume
    ) -> Dict[str, Any]:
        """The options that reach the model: a copy where the start or a resume changes them."""
        return options.data

    def resume_traps(self, start: Start, experiments_root: str, resume: Resume) -> ResumeTraps:
        """Why a resume may not do what the options say."""
        return ResumeTraps()

    def path_effects(self, start: Start) -> Tuple[PathEffect, ...]:
        """Options below `path:` that a fresh start takes for folders."""
        return ()

    def unknown_options(self, start: Start) -> Tuple[Tuple[str, str, bool], ...]:
        """(dotted option, nearest known name or '', surely meant) that no loader reads."""
        return ()

    def misplaced_options(self, options: OptionFile) -> Tuple[str, ...]:
        """Dotted places of load options that stand where none is read."""
        return ()

    def forced_options(self, options: OptionFile) -> Tuple[Tuple[str, str], ...]:
        """(new top-level option, what its entry of --force_yml probably meant)."""
        return ()

    def other_weight_paths(self, options: OptionFile) -> Tuple[Tuple[str, str], ...]:
        """(dotted option, value) of weight files that are named where no loader looks."""
        return ()

    def weight_options(self, options: OptionFile) -> Dict[str, str]:
        """{dotted option: path} of the weights that the models are asked to load."""
        return {}

    def ignored_key_options(self, start: Start) -> Tuple[str, ...]:
        """Options that would choose a table elsewhere, and are not read here."""
        return ()

    def facts(self, start: Start, resume: Resume) -> Tuple[PlanFact, ...]:
        """What else is known of this start; rules say it (`LoadPlan.facts_of`)."""
        return ()

    # -- child side: import --------------------------------------------------------------------

    def fixed_at_import(self, options: Mapping[str, Any]) -> Any:
        """What of the options is decided by the import: another value needs another child.

        None, or anything that can be pickled and compared.
        """
        return None

    def before_import(self, framework: Framework, fixed: Any) -> None:
        """Make ready what the import reads; `fixed` is what `fixed_at_import` gave."""

    def import_parts(self, framework: Framework) -> Parts:
        """Import builders, registries and models; raises what the import does, which is told."""
        raise ImportError(f'{self.name} has no way to be imported')

    def import_for_the_log(self, framework: Framework) -> None:
        """Import what the training imports besides, before it builds its model."""

    # -- child side: networks ------------------------------------------------------------------

    def known_networks(self, parts: Parts) -> List[str]:
        """Names that a section's type may have, sorted."""
        return sorted(map(str, parts.networks.keys())) if parts.networks is not None else []

    def network_class(self, parts: Parts, network_type: str) -> Any:
        """The class (or function) that builds a type, None where there is none."""
        if parts.networks is None or network_type not in parts.networks:
            return None
        return parts.networks.get(network_type)

    def namesake(self, parts: Parts, network: Any, network_type: str) -> str:
        """Qualified name of another class that could be meant by a type, '' without one."""
        return ''

    def searched(self, framework: Framework) -> str:
        """Where classes of networks are looked for, for messages."""
        return module_name(framework, 'archs')

    def asked_section(
        self, builder: Builder, given: Any, options: Mapping[str, Any]
    ) -> Tuple[str, Dict[str, Any]]:
        """(name, section) that a call of a builder is for; '' for a name that is not known.

        Args:
            builder: one of `Parts.builders`.
            given: the first argument of the call.
            options: the user's options.
        """
        if isinstance(given, NamedSection):
            return given.name, given
        # A copy that is a plain dict: told by what stands in it.
        sections = self.network_sections(options)
        for name, value in sections.items():
            if value == given:
                return name, given
        # A section that an earlier build has robbed of its type.
        for name, value in sections.items():
            if {k: v for k, v in value.items() if k != self.type_key} == given:
                return name, given
        return '', given

    def with_section(self, builder: Builder, given: Any, section: Dict[str, Any]) -> Any:
        """The first argument of a builder's call, with another section for the asked one."""
        return section

    def build_call(
        self, parts: Parts, name: str, options: Mapping[str, Any]
    ) -> Tuple[Builder, Tuple[Any, ...]]:
        """(builder, arguments) for a section, where no constructor calls one."""
        return parts.builders[0], (dict(self.network_sections(options).get(name, {})),)

    def unwrapped(self, network: Any) -> Any:
        """The network in a wrapper of the framework's own, such as one that averages it."""
        return network

    def is_network(self, attribute: str) -> bool:
        """What a model holds under a name is a network, not a tool made of modules."""
        return True

    def after_build(self, section: Dict[str, Any]) -> None:
        """What the builder does to the section that it was handed."""

    # -- child side: the model -----------------------------------------------------------------

    def model_options(self, options: Dict[str, Any], plan: LoadPlan) -> Decoded:
        """The options as the training's own parser hands them to the model.

        Args:
            options: as the file has them, or as edited; not to be changed.
            plan: for folders and what is trained.

        Raises:
            OptionsRefused: the framework's own parser refuses them.
        """
        return Decoded(options, RecordedOptions({}))

    def parsed_options(
        self, options: Dict[str, Any], plan: LoadPlan, guard: ContextManager[Any]
    ) -> Dict[str, Any]:
        """What the training's own parser makes of the options, for `model_options`.

        As they are where `model_options` asks it, or where it cannot be asked.

        Args:
            options: as the file has them, or as edited; not to be changed.
            plan: for folders and what is trained.
            guard: entered while the framework's code runs.

        Raises:
            Exception, SystemExit: what ends the parser, and with it the training.
        """
        return options

    def model_class(self, parts: Parts, plan: LoadPlan) -> Any:
        """The class of the model.

        Raises:
            LookupError, TypeError: the framework has none of this type; in its own words where it
                has some.
            OptionsRefused: its own code says so, in its own words.
        """
        raise LookupError('the framework has no model class')

    def construct(self, model: Any, options: Any) -> None:
        """Do to a bare model object what the training does until every load is made."""
        model.__init__(options)

    def resume(self, model: Any, plan: LoadPlan, load: Callable[..., Any]) -> None:
        """What the training does next where it resumes.

        Source: basicsr 1.4.2 train.py `train_pipeline`, Restormer train.py, neosr train.py.

        Args:
            model: whose constructor has ended.
            plan: with the resume.
            load: torch.load.
        """
        if plan.resume.happens and plan.is_train and hasattr(model, 'resume_training'):
            model.resume_training(load(plan.resume.state_path, map_location='cpu'))

    def prepare_by_hand(self, model: Any, options: Any) -> None:
        """Give a bare model object what its loader looks at, where the constructor cannot run."""
        import torch

        model.opt, model.device, model.is_train = options, torch.device('cpu'), True

    def corrected(self, step: LoadStep, options: Mapping[str, Any]) -> LoadStep:
        """A rehearsed call, with options that stand where the rehearsal does not look for them.

        Args:
            step: its options are those below `path:` that were looked up before it.
            options: the user's options.
        """
        return step

    def load_by_hand(self, model: Any, network: Any, step: LoadStep) -> None:
        """Make a planned call on a bare model object."""
        model.load_network(network, step.load_path, step.strict_configured, step.key_configured)

    def loss_builders(self, framework: Framework) -> Iterator[Builder]:
        """Functions that build a loss, whose network might be downloaded."""
        return iter(())

    def replacements(self, shelf: Any) -> Iterator[Tuple[Any, Any]]:
        """(function, what replaces it) of doors that are this framework's own.

        Args:
            shelf: rehearsal/following/shelf.py `Shelf`, which hands out weightless tensors.
        """
        return iter(())

    # -- the hook's side -----------------------------------------------------------------------

    def hook_points(self, framework: Framework) -> Tuple[HookPoint, ...]:
        """What the hook waits for in a training of this framework."""
        return ()

    def plain_options(self, model: Any) -> Dict[str, Any]:
        """The training's options as a nested dict, told by its model object."""
        return dict(getattr(model, 'opt', None) or {})


def fact(rule: str, option: str = '', /, **words: str) -> PlanFact:
    """What a rule is to say of a start, with the words for the gaps of its sentence."""
    return PlanFact(rule, option, tuple(words.items()))


@contextlib.contextmanager
def option_file(text: str, name: str) -> Iterator[str]:
    """Path of a file with options, for a framework's own parser; it is gone after the body."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with new_file(path) as file:
            file.out.write(text.encode('utf-8'))
        yield path


def raised_by(error: BaseException) -> str:
    """Name of the module whose Python code raised an exception, '' where that is not known."""
    trace: Optional[TracebackType] = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return str(trace.tb_frame.f_globals.get('__name__', '')) if trace is not None else ''


def module_name(framework: Framework, part: str) -> str:
    """Import name of a part of a framework: 'basicsr.archs', or 'archs' at a repository's root."""
    return f'{framework.name}.{part}' if framework.name else part


def part_of(framework: Framework, part: str) -> Any:
    return importlib.import_module(module_name(framework, part))
