"""What a training will ask for, and what it resumes from. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Dict, NamedTuple, Optional, Tuple

from basicsr_weightcheck.records.tensors import HALF


@dataclass(frozen=True)
class ResumeTraps:
    """Why a resume does not do what the YAML says, as far as names and folders tell.

    Attributes:
        stray: names in training_states that end the training, because they are no numbers.
        elsewhere: folder with states that --auto_resume does not look into, '' when none.
        not_read: resume_state of the YAML, which --auto_resume does not read; '' when none.
        misnamed: (name in ignore_resume_networks, name that is compared) where they differ.
        averages_option: option that makes net_g resume from its averaged weights, '' when none.
    """

    stray: Tuple[str, ...] = ()
    elsewhere: str = ''
    not_read: str = ''
    misnamed: Tuple[Tuple[str, str], ...] = ()
    averages_option: str = ''


@dataclass(frozen=True)
class ResumeState:
    """What is known of the state file that the training will read.

    Attributes:
        path: as the training names it.
        problem: '' for a state; 'missing', 'unreadable' or 'weights' for anything else.
        reason: why it is unreadable, '' otherwise.
        nearest: a state file that was probably meant, '' when none is near.
        iteration: `iter` in the file, None when it has none.
        optimizers: parameters that each optimizer has a place for.
        cuda_tensors: tensors saved from a GPU.
        refused: 'module.name' of objects that torch 2.6 and newer refuse.
        expected: parameters that the optimizer of each network has now: (network, count).
        lacks_gpu: this machine has no GPU that the training could use.
    """

    path: str
    problem: str = ''
    reason: str = ''
    nearest: str = ''
    iteration: Optional[int] = None
    optimizers: Tuple[int, ...] = ()
    cuda_tensors: int = 0
    refused: Tuple[str, ...] = ()
    expected: Tuple[Tuple[str, int], ...] = ()
    lacks_gpu: bool = False

    @property
    def misfits(self) -> Tuple[Tuple[str, int, int], ...]:
        """(network, parameters expected, found) where an optimizer has another number of them."""
        pairs = zip(self.expected, self.optimizers)
        return tuple((name, count, found) for (name, count), found in pairs if count != found)

    @property
    def lacks_optimizers(self) -> bool:
        """It has another number of optimizers than the training; False where that is not known."""
        return bool(self.expected) and len(self.expected) != len(self.optimizers)

    @property
    def is_unusable(self) -> bool:
        """It is a state, and no machine can read it with this torch or apply it to these networks.

        A GPU that is missing here says nothing of the state.
        """
        stops = self.misfits or self.lacks_optimizers or self.refused
        return not self.problem and bool(stops)


NO_STATE = ResumeState('')  # of a fresh start
STOP, WARN, OFF, NEVER = 'stop', 'warn', 'off', 'never'
REPORT_KINDS = ('log', 'json', 'html')
FALSE_WORDS = ('false', 'no', 'off', '0', 'n', 'none', 'null', '~', '否')


class Duplicate(NamedTuple):
    """A key that a section has twice.

    Attributes:
        option: dotted place.
        first, later: 1-based lines; the later one counts.
        same: both have the same value.
        used: the value of the first is used elsewhere, by its anchor.
    """

    option: str
    first: int
    later: int
    same: bool
    used: bool = False


@dataclass(frozen=True)
class OptionFile:
    """A training YAML as BasicSR's loader understands it.

    Attributes:
        path: as given.
        text: the file's text, newlines as in the file.
        data: the parsed mapping, exactly what yaml.load with BasicSR's loader returns
            (a plain nested dict here; the only place where untyped values are allowed).
        lines: {dotted option: 1-based line of its key}.
        duplicates: keys written twice.
        forced: top-level options that --force_yml made and the file does not have.
        overridden: dotted options with a value of --force_yml; what the file has there is not read,
            and `lines` has 0 for them.
        format: a key of plan/option_file.py.
        nothing: the format's word for no value, '' where it has none.
    """

    path: str
    text: str
    data: Dict[str, Any]
    lines: Dict[str, int] = field(default_factory=dict)
    duplicates: Tuple[Duplicate, ...] = ()
    forced: Tuple[str, ...] = ()
    overridden: Tuple[str, ...] = ()
    format: str = 'yaml'
    nothing: str = '~'

    def get(self, option: str, default: Any = None) -> Any:
        """The value at a dotted place, `default` where a part of it is missing or no mapping."""
        value: Any = self.data
        for part in option.split('.'):
            if not isinstance(value, dict) or part not in value:
                return default
            value = value[part]
        return value

    def sets(self, option: str) -> bool:
        """It has a value: neither absent nor blank."""
        return self.get(option) is not None

    def is_overridden(self, option: str) -> bool:
        """--force_yml gives the option, or a section that it stands in."""
        return any(f'{option}.'.startswith(f'{one}.') for one in self.overridden)

    def has(self, option: str) -> bool:
        marker = object()
        return self.get(option, marker) is not marker


@dataclass(frozen=True)
class Framework:
    """Which code will run the training, told from source trees alone.

    Attributes:
        name: 'basicsr' or the vendored package's name; '' for code at a repository's root.
        version: '1.4.2', '' when not known.
        layout: 'registry' (archs/ + ARCH_REGISTRY) or 'legacy' (models/archs, class by name).
        dialect: name of the object that knows what this framework does (dialects/find.py).
        origin: folder of the package that will be imported.
        root: folder to put on sys.path (parent of `origin`); the repository root for vendored code.
        vendored: the code lies next to the YAML or the working directory, not in site-packages.
        is_namespace: no __init__.py: an installed basicsr would win the import.
        shadowed_origin: folder of an installed basicsr that `origin` must win against, or ''.
        title: what its project is called; '' where nothing but `name` is known.
        plugins: packages with archs or models of their own: (import name, folder for sys.path).
        resumes_automatically: any state in experiments/<name>/training_states is resumed.
        has_params_fallback: an absent key silently becomes 'params'.
        makes_param_key_dirs: make_exp_dirs passes `param_key*` options to os.makedirs.
        has_ema: the family's models build net_g_ema.
        key_option_has_suffix: `param_key_g` (True) or `param_key` (False).
        cuts_module: its loader drops a leading 'module.' of 'each' name in a file; of 'all' names
            of a table (there also 'netG.'), or of none; '' where it drops nothing.
        names_encoding: the YAML is opened as UTF-8, not in the encoding of the machine.
        tables_first: tables that the loader takes by itself, the first that the file has, whatever
            the options ask for.
        resume_names_sections: a resume compares ignore_resume_networks with 'network_g', and turns
            params_ema into params; older copies compare 'g' and turn nothing.
    """

    name: str
    version: str
    layout: str
    dialect: str
    origin: str
    root: str
    vendored: bool
    is_namespace: bool = False
    shadowed_origin: str = ''
    title: str = ''
    plugins: Tuple[Tuple[str, str], ...] = ()
    resumes_automatically: bool = False
    has_params_fallback: bool = True
    makes_param_key_dirs: bool = False
    has_ema: bool = True
    key_option_has_suffix: bool = True
    cuts_module: str = 'each'
    names_encoding: bool = False
    tables_first: Tuple[str, ...] = ()
    resume_names_sections: bool = True

    @property
    def is_found(self) -> bool:
        """There is code to run."""
        return bool(self.origin)


NO_FRAMEWORK = Framework('', '', '', 'unknown', '', '', False)


class PlanFact(NamedTuple):
    """Something that a dialect knows of a start; a rule says it.

    Attributes:
        rule: code of the rule.
        option: dotted place that it is about, '' for the whole.
        words: placeholders of the rule's sentence and their texts.
    """

    rule: str
    option: str = ''
    words: Tuple[Tuple[str, str], ...] = ()


@dataclass(frozen=True)
class LoadStep:
    """One call of load_network, in the order in which the training makes it.

    Attributes:
        network: attribute of the model: 'net_g', 'net_g_ema', 'net_d', ...
        network_option: YAML section of the network: 'network_g', 'network_d'.
        network_type: `type:` in that section, '' when absent.
        path_option: 'path.pretrain_network_g'.
        load_path: the value handed to load_network (after expanduser, or rewritten by a resume).
        strict_option: 'path.strict_load_g'; '' when the call passes a fixed value.
        strict_configured: the value as the YAML has it; True when absent (see strict_written).
        strict_written: the YAML has the option.
        key_option: 'path.param_key_g'; '' when the key is fixed (EMA: 'params_ema').
        key_configured: value handed to load_network: a text, or None for the file's root.
        key_written: the YAML has the option.
    """

    network: str
    network_option: str
    network_type: str
    path_option: str
    load_path: str
    strict_option: str
    strict_configured: Any
    strict_written: bool
    key_option: str
    key_configured: Any
    key_written: bool

    @property
    def strict_effective(self) -> bool:
        """What torch makes of the value: its truth (blank is None is not strict; 'false' is)."""
        return bool(self.strict_configured)

    @property
    def strict_meant(self) -> Optional[bool]:
        """What the author of the YAML wanted; None for a blank value, which says nothing."""
        value = self.strict_configured
        if not isinstance(value, str):
            return None if value is None else bool(value)
        word = value.strip().lower()
        if word in FALSE_WORDS or get_close_matches(word, ('false',), 1, 0.7):
            return False
        return bool(word) or None


@dataclass(frozen=True)
class Resume:
    """A resume that replaces the pretrain paths.

    Attributes:
        state_path: the .state file that will be read.
        automatic: found by the framework, not named in the YAML.
        iteration: number in the file name, None when it has none.
        replaced: (path option, value in the YAML, value used) per network.
    """

    state_path: str
    automatic: bool
    iteration: Optional[int]
    replaced: Tuple[Tuple[str, str, str], ...] = ()

    @property
    def happens(self) -> bool:
        """False for a fresh start."""
        return self != NO_RESUME


NO_RESUME = Resume('', False, None)


@dataclass(frozen=True)
class PathEffect:
    """What `os.makedirs` makes of an option below `path:` that is no folder.

    Attributes:
        option: dotted place.
        value: as text.
        effect: 'makes-directory', 'not-text' (TypeError) or 'is-file' (FileExistsError).
        is_read: a loader reads the option, too.
    """

    option: str
    value: str
    effect: str
    is_read: bool = False

    @property
    def is_fatal(self) -> bool:
        """The training stops there, before the first load."""
        return self.effect != 'makes-directory'


@dataclass(frozen=True)
class Policy:
    """What the user wants of check and hook; `plan.policy` reads it.

    Attributes:
        on_error: 'stop' ends the training, 'warn' logs and goes on.
        min_loaded: share of a network's parameters, and of its tensors with more than one
            dimension, 0 to 1, below which a load counts as wrong.
        reports: what the hook writes beside the recommendation: 'log', 'json', 'html'.
        align_ema: give net_g_ema the random tensors of net_g where the file lacks them.
        first_look: what follows where the network spoils the first picture: 'stop', 'warn'; 'off'
            for no look.
        check_values: NaN, Inf, or nothing but zeros in what was loaded counts as wrong.
        repair_imports: the training is started with the import repaired, as `run --repair-imports`
            and scripts/train.py do; `run` and `check` read it.
        imports: modules to import before `check` builds the networks.
        ignore: codes of findings that `check` does not count, and shows only where they are errors.
        fail_on: lowest severity that gives `check` the exit code 1: 'error', 'warning', 'never'.
    """

    on_error: str = STOP
    min_loaded: float = HALF
    reports: Tuple[str, ...] = ('log', 'json')
    align_ema: bool = False
    first_look: str = WARN
    check_values: bool = True
    repair_imports: bool = False
    imports: Tuple[str, ...] = ()
    ignore: Tuple[str, ...] = ()
    fail_on: str = 'error'


@dataclass(frozen=True)
class Misread:
    """A setting that could not be understood, so that its default holds.

    Attributes:
        option: dotted place: 'weightcheck.on_eror'.
        value: as it is shown.
        wanted: what it can be.
        place: the pyproject.toml that it stands in, '' for the option file.
    """

    option: str
    value: str
    wanted: str
    place: str = ''

    @property
    def text(self) -> str:
        """As one line, in English, for a log."""
        head = ': '.join(part for part in (self.place, self.option, self.value) if part)
        return f'{head} ({self.wanted})'


@dataclass(frozen=True)
class LoadPlan:
    """What the training will ask for, read from the YAML and the source trees alone.

    Attributes:
        options: the option file (of the first YAML given).
        name: `name:`, '' when absent.
        model_type: `model_type:` (dialect B/C too), '' when absent.
        is_train: the file has `train:`.
        framework: NO_FRAMEWORK when none was found.
        ema_decay: 0.0 when absent.
        steps: expected calls by the dialect's table; a rehearsal may correct them.
        working_directory: folder against which relative paths are resolved.
        resume: NO_RESUME for a fresh start.
        experiments_root: folder that the training will create or archive, '' when not known.
        other_weight_paths: (dotted option, value) of weight files named outside `path:`.
        archived_folder: experiment folder that is renamed before the first load, '' if none.
        archived_options: path options whose file lies in that folder.
        path_effects: what the training does with options below `path:` that it takes for folders.
        unknown_options: (dotted option, nearest known name or '', surely meant) below `path:`.
        misplaced_options: dotted places of options that belong below `path:`.
        forced_options: (new top-level option, what its entry of --force_yml probably meant).
        ignored_key_options: param-key options that this framework's models never read.
        resume_traps: why a resume may not do what the YAML says.
        optimized_networks: sections whose networks have an optimizer each, in the model's order;
            () where that is not known.
        undecodable: (encoding, line) where the framework opens the YAML in the machine's encoding
            and that fails; ('', 0) else.
        free_name: a `name:` under which nothing is archived or resumed, '' when not known.
        policy: what the user wants of the check.
        misread_settings: of it, what could not be understood.
        facts: what else the dialect knows of this start.
        files_to_come: paths of weight files that are not there yet, and count as if they were.
    """

    options: OptionFile
    name: str
    model_type: str
    is_train: bool
    framework: Framework
    ema_decay: float
    steps: Tuple[LoadStep, ...]
    working_directory: str
    resume: Resume = NO_RESUME
    experiments_root: str = ''
    other_weight_paths: Tuple[Tuple[str, str], ...] = ()
    archived_folder: str = ''
    archived_options: Tuple[str, ...] = ()
    path_effects: Tuple[PathEffect, ...] = ()
    unknown_options: Tuple[Tuple[str, str, bool], ...] = ()
    misplaced_options: Tuple[str, ...] = ()
    forced_options: Tuple[Tuple[str, str], ...] = ()
    ignored_key_options: Tuple[str, ...] = ()
    resume_traps: ResumeTraps = ResumeTraps()
    optimized_networks: Tuple[str, ...] = ()
    free_name: str = ''
    undecodable: Tuple[str, int] = ('', 0)
    policy: Policy = Policy()
    misread_settings: Tuple[Misread, ...] = ()
    facts: Tuple[PlanFact, ...] = ()
    files_to_come: Tuple[str, ...] = ()

    @property
    def min_loaded(self) -> float:
        """Share of a network's parameters, and of its tensors with two or more dimensions, 0 to 1,
        that a load has to give."""
        return self.policy.min_loaded

    def facts_of(self, rule: str) -> Tuple[PlanFact, ...]:
        """What a rule of this code has to say."""
        return tuple(fact for fact in self.facts if fact.rule == rule)
