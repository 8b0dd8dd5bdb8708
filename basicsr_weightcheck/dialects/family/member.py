"""The plan of every framework whose `path:`, resume and folders are BasicSR's.

Source: basicsr 1.4.2 train.py `load_resume_state`, utils/misc.py `mkdir_and_rename`,
`make_exp_dirs`, `scandir`, `check_resume`; Restormer train.py (lists every name in the folder of
states), utils/misc.py (does not spare `param_key`; networks to ignore are named 'g', not
'network_g'); neosr 31c7022 train.py, neosr/utils/misc.py.
"""

from __future__ import annotations

import copy
import difflib
import inspect
import os
import re
import sys
from typing import (
    Any,
    Callable,
    ClassVar,
    ContextManager,
    Dict,
    Iterator,
    List,
    Optional,
    Pattern,
    Sequence,
    Tuple,
)

from basicsr_weightcheck.dialects.dialect import (
    Decoded,
    Dialect,
    Start,
    option_file,
    part_of,
    raised_by,
)
from basicsr_weightcheck.dialects.recorded_options import NamedSection, RecordedOptions
from basicsr_weightcheck.records.plans import (
    NO_RESUME,
    Framework,
    LoadPlan,
    OptionFile,
    PathEffect,
    Resume,
    ResumeTraps,
)

# Which option below `path:` a name stands for that no loader reads.
#
# Source: BasicSR before 2020 (options/train/*.json: pretrain_model_G, strict_load); the names of
# Restormer and BasicSR 1.4.2.

# Old and foreign spellings, in lower case; those of other networks end in other letters.
SPELLINGS = {
    'pretrain_network_g': (
        'pretrain_model', 'pretrain_model_g', 'pretrain_g', 'pretrain_path', 'pretrained_path',
        'pretrained', 'pretrain', 'pretrained_model', 'load_path', 'pretrain_network',
    ),
    'pretrain_network_d': ('pretrain_model_d', 'pretrain_d'),
    'strict_load_g': ('strict', 'strict_load', 'strict_g'),
    'strict_load_d': ('strict_d',),
    'resume_state': ('resume', 'resume_path'),
}  # fmt: skip
ALIKE = 0.6  # difflib's measure, 0 to 1: from here on a name is mentioned
SURE = 0.85  # from here on it is meant; one wrong letter in strict_load_g gives 0.92


def meant(name: str, known: Sequence[str]) -> Tuple[str, bool]:
    """What an option below `path:` that no loader reads probably stands for.

    Returns:
        the known name that is nearest, '' where none is near, and whether it is surely meant.
    """
    spelt = next((one for one, names in SPELLINGS.items() if name.lower() in names), '')
    if spelt in known:
        return spelt, True
    lowered = name.lower().replace('-', '_').replace('pretrained_', 'pretrain_')
    near = difflib.get_close_matches(lowered, list(known), 1, ALIKE)
    if not near:
        return '', False
    ratio = difflib.SequenceMatcher(None, lowered, near[0]).ratio()
    return near[0], ratio >= SURE


# Options that the parser overwrites with folders of its own before make_exp_dirs sees them.
OWN_FOLDERS = (
    'experiments_root', 'models', 'training_states', 'log', 'visualization', 'results_root', 'root',
)  # fmt: skip
# Of a network of any letter or number: a class of one's own has net_0, net_1.
KNOWN = re.compile(
    r'(pretrain_network|strict_load)_[a-z0-9]\w*|resume_state|ignore_resume_networks'
)
MISPLACED = re.compile(
    r'(pretrain_network|strict_load|param_key)_[a-z]\w*|param_key|resume_state|ignore_resume_networks'
)
WEIGHT_FILE = re.compile(r'.*\.(pth|pt|ckpt|safetensors)')
STATES = 'training_states'


class Member(Dialect):
    """Reads `path:` and archives as BasicSR does; networks and loaders are the dialect's own.

    Attributes:
        state_name: of a file in training_states that --auto_resume may take.
    """

    archives = True
    state_name: ClassVar[Pattern[str]] = re.compile(r'\d+\.state')

    # -- the options below `path:` -------------------------------------------------------------

    def path_effects(self, start: Start) -> Tuple[PathEffect, ...]:
        """What `os.makedirs` makes of every option that is not spared."""
        spared = ['strict_load', 'pretrain_network', 'resume']
        if not start.framework.makes_param_key_dirs:
            spared.append('param_key')
        read = [self.key_option(start.framework, letter) for letter in 'gd']
        return tuple(
            PathEffect(f'path.{name}', str(value), _effect(value, start), name in read)
            for name, value in ((str(key), value) for key, value in start.paths.items())
            if name not in OWN_FOLDERS and not any(part in name for part in spared)
        )

    def unknown_options(self, start: Start) -> Tuple[Tuple[str, str, bool], ...]:
        keys = [self.key_option(start.framework, letter) for letter in 'gd']
        known = ['pretrain_network_g', 'pretrain_network_d', 'strict_load_g', 'strict_load_d']
        known += ['resume_state', 'ignore_resume_networks', *keys]
        return tuple(
            (f'path.{key}', *meant(key, known))
            for key in map(str, start.paths)
            if not (KNOWN.fullmatch(key) or key in OWN_FOLDERS or 'param_key' in key)
        )

    def ignored_key_options(self, start: Start) -> Tuple[str, ...]:
        """`param_key` in a framework that reads `param_key_g`, or the other way round."""
        if not start.framework.is_found:
            return ()
        wrong = 'param_key' if start.framework.key_option_has_suffix else r'param_key_.*'
        return tuple(f'path.{key}' for key in map(str, start.paths) if re.fullmatch(wrong, key))

    def misplaced_options(self, options: OptionFile) -> Tuple[str, ...]:
        return tuple(_misplaced(options))

    def other_weight_paths(self, options: OptionFile) -> Tuple[Tuple[str, str], ...]:
        misplaced = set(_misplaced(options))
        values = ((one, options.get(one)) for one in options.lines if not one.startswith('path.'))
        return tuple(
            (place, value)
            for place, value in values
            if place not in misplaced and isinstance(value, str) and WEIGHT_FILE.fullmatch(value)
        )

    def weight_options(self, options: OptionFile) -> Dict[str, str]:
        section = options.get('path')
        return {
            f'path.{key}': value
            for key, value in (section.items() if isinstance(section, dict) else ())
            if str(key).startswith('pretrain_network_') and isinstance(value, str)
        }

    # -- folders and resume --------------------------------------------------------------------

    def experiments_root(self, start: Start) -> str:
        name = start.options.get('name')
        named = isinstance(name, str) and bool(name)
        return os.path.join(self.experiments_folder(start), name) if named else ''

    def experiments_folder(self, start: Start) -> str:
        """Folder of all experiments; that of a training is called by its name."""
        return os.path.join(start.framework.root, 'experiments')

    def find_resume(self, start: Start, experiments_root: str) -> Resume:
        automatic = start.auto_resume or start.framework.resumes_automatically
        state = self._latest_state(start) if automatic else ''
        # With --auto_resume BasicSR never looks at the YAML's own resume_state.
        if not state and not start.auto_resume:
            automatic, state = False, str(start.options.get('path.resume_state') or '')
        if not state:
            return NO_RESUME
        state = os.path.expanduser(state)
        iteration = start.iteration_of(os.path.join(start.working_directory, state))
        replaced = self.replaced_files(start, experiments_root, iteration)
        return Resume(state, automatic, iteration, tuple(replaced))

    def replaced_files(
        self, start: Start, experiments_root: str, iteration: Optional[int]
    ) -> Iterator[Tuple[str, str, str]]:
        """(path option, its value, the file that `check_resume` puts in its place)."""
        options, whole = start.options, start.framework.resume_names_sections
        ignored = options.get('path.ignore_resume_networks') or ()
        number = '<iter>' if iteration is None else str(iteration)
        for section in (key for key in options.data if str(key).startswith('network_')):
            letter = section[len('network_') :]
            if (section if whole else letter) in ignored:
                continue
            option = f'path.pretrain_network_{letter}'
            used = os.path.join(experiments_root, 'models', f'net_{letter}_{number}.pth')
            yield option, str(options.get(option) or ''), used

    def _latest_state(self, start: Start) -> str:
        names = _listed(os.path.join(start.working_directory, states_folder(start)))
        numbered = [
            ([int(number) for number in name[: -len('.state')].split('_')], name)
            for name in names
            if self.state_name.fullmatch(name)
        ]
        return os.path.join(states_folder(start), max(numbered)[1]) if numbered else ''

    def used_data(
        self, options: OptionFile, framework: Framework, resume: Resume
    ) -> Dict[str, Any]:
        """After `check_resume`: pretrain paths replaced, in BasicSR also `params_ema`."""
        if not resume.happens:
            return options.data
        data = copy.deepcopy(options.data)
        path = data.setdefault('path', {})
        for option, _, used in resume.replaced:
            path[option.split('.', 1)[1]] = used
        if framework.resume_names_sections:
            for key in [key for key in path if str(key).startswith('param_key')]:
                if path[key] == 'params_ema':
                    path[key] = 'params'
        return data

    def resume_traps(self, start: Start, experiments_root: str, resume: Resume) -> ResumeTraps:
        averages = self._averages(start) if resume.happens else ''
        if not (start.auto_resume or start.framework.resumes_automatically):
            return ResumeTraps(misnamed=_misnamed(start), averages_option=averages)
        here = os.path.join(start.working_directory, states_folder(start))
        written = str(start.options.get('path.resume_state') or '')
        return ResumeTraps(
            stray=_stray(here, start.framework),
            elsewhere='' if resume.automatic else _elsewhere(here, experiments_root),
            not_read=written if start.auto_resume and not resume.automatic else '',
            misnamed=_misnamed(start),
            averages_option=averages,
        )

    def _averages(self, start: Start) -> str:
        """BasicSR 1.4.2 turns params_ema into params when it resumes; older copies do not."""
        option = f'path.{self.key_option(start.framework, "g")}'
        kept = not start.framework.resume_names_sections
        return option if kept and start.options.get(option) == 'params_ema' else ''


def _effect(value: Any, start: Start) -> str:
    if not isinstance(value, str):
        return 'not-text'
    is_file = os.path.isfile(os.path.join(start.working_directory, value))
    return 'is-file' if is_file else 'makes-directory'


def _misplaced(options: OptionFile) -> Iterator[str]:
    """Load options that stand outside `path:`, often for a lost indentation."""
    for place in options.lines:
        *sections, name = place.split('.')
        if sections != ['path'] and len(sections) <= 1 and MISPLACED.fullmatch(name):
            yield place


def states_folder(start: Start) -> str:
    """Where --auto_resume looks: relative to the working directory, also where experiments lie
    elsewhere."""
    return os.path.join('experiments', str(start.options.get('name', '')), STATES)


def scanned_states(folder: str) -> List[str]:
    """Names in a folder that `scandir` takes for states, sorted."""
    return [one for one in _listed(folder) if one.endswith('state') and not one.startswith('.')]


def _listed(folder: str) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _stray(folder: str, framework: Framework) -> Tuple[str, ...]:
    """What the number of an iteration cannot be read from."""
    if framework.resumes_automatically:
        # int(name[0:-6]) over everything that is there
        return tuple(name for name in _listed(folder) if not re.fullmatch(r'\d+', name[:-6]))
    states = scanned_states(folder)
    return tuple(name for name in states if not re.fullmatch(r'\d+', name.split('.state')[0]))


def _elsewhere(here: str, experiments_root: str) -> str:
    """The states of the experiment, where the training is not started in the folder above it."""
    folder = os.path.join(experiments_root, STATES) if experiments_root else ''
    if not folder or os.path.realpath(folder) == os.path.realpath(here):
        return ''
    return folder if any(name.endswith('.state') for name in _listed(folder)) else ''


def _misnamed(start: Start) -> Tuple[Tuple[str, str], ...]:
    """(name, the one that is read) of networks that `ignore_resume_networks` calls otherwise."""
    written = start.options.get('path.ignore_resume_networks')
    if not isinstance(written, (list, tuple)):
        return ()
    found = []
    for name in map(str, written):
        letter = re.sub(r'^(network_)?(net_)?', '', name)
        read = f'network_{letter}' if start.framework.resume_names_sections else letter
        if name != read and start.options.has(f'network_{letter}'):
            found.append((name, read))
    return tuple(found)


# Options as BasicSR's own parser hands them to the model.
#
# Source: basicsr 1.4.2 utils/options.py `parse_options`.


def training_options(given: Dict[str, Any], plan: LoadPlan) -> Decoded:
    """A copy with what the parser adds; networks know their names, and `path:` what is read."""
    options = copy.deepcopy(given)
    options.update(
        is_train=plan.is_train, dist=False, rank=0, world_size=1, num_gpu=0,
        auto_resume=False, root_path=_root(plan),
    )  # fmt: skip
    options.setdefault('manual_seed', 0)
    options.setdefault('name', 'rehearsal')
    datasets = options.get('datasets')
    for phase, dataset in datasets.items() if isinstance(datasets, dict) else ():
        if isinstance(dataset, dict):
            dataset['phase'] = str(phase).split('_')[0]
            if 'scale' in options:
                dataset['scale'] = options['scale']
    for name, section in options.items():
        if str(name).startswith('network_') and isinstance(section, dict):
            options[name] = NamedSection(str(name), section)
    paths = RecordedOptions(_paths(options.get('path'), plan))
    options['path'] = paths
    return Decoded(options, paths)


def parsed_options(
    options: Dict[str, Any], plan: LoadPlan, guard: ContextManager[Any]
) -> Dict[str, Any]:
    """What the framework's own parser makes of these options.

    Source: basicsr 1.4.2 utils/options.py `parse_options(root_path, is_train)`; Restormer and
    CodeFormer utils/options.py `parse(opt_path, [root_path,] is_train)`. A fork without either, or
    with other parameters, is not asked: the options are returned as they are, as where the parser
    wants more on the command line than is known here.

    Args:
        options: as the file has them, or as edited, and as a resume changes them.
        plan: for the framework, folders and what is trained.
        guard: entered while the parser runs.

    Raises:
        Exception, SystemExit: what ends the parser, and with it the training.
    """
    import yaml

    dumper = getattr(yaml, 'CSafeDumper', yaml.SafeDumper)  # the same text in a sixth of the time
    try:
        text = yaml.dump(options, Dumper=dumper, sort_keys=False)  # ASCII: any encoding reads it
    except yaml.YAMLError:
        return options  # of a live model, which were parsed before
    parse = _parser(plan)
    if parse is None:
        return options
    arguments = sys.argv
    with option_file(text, 'train.yml') as path:
        sys.argv = ['train.py', '-opt', path]
        try:
            with guard:
                made = parse(path)
        except SystemExit as error:
            if raised_by(error) == 'argparse':
                return options
            raise
        finally:
            sys.argv = arguments
    parsed = made[0] if isinstance(made, tuple) and made else made
    return _resumed(parsed, options, plan) if isinstance(parsed, dict) else options


def _parser(plan: LoadPlan) -> Optional[Callable[[str], Any]]:
    """The framework's parser as a function of a file's path; None where it cannot be asked."""
    try:
        module = part_of(plan.framework, 'utils.options')
    except ImportError:
        return None
    parse = getattr(module, 'parse_options', None) or getattr(module, 'parse', None)
    if parse is None:
        return None
    wanted = set(inspect.signature(parse).parameters)
    given = {'opt_path': '', 'root_path': _root(plan), 'is_train': plan.is_train}
    if not wanted <= set(given):
        return None
    return lambda path: parse(**{name: {**given, 'opt_path': path}[name] for name in wanted})


def _resumed(parsed: Dict[str, Any], options: Dict[str, Any], plan: LoadPlan) -> Dict[str, Any]:
    """The parser's options with what a resume puts in their place, which is done after it.

    Source: basicsr 1.4.2 utils/misc.py `check_resume`.
    """
    written, used = plan.options.get('path'), options.get('path')
    paths = parsed.get('path')
    if isinstance(written, dict) and isinstance(used, dict) and isinstance(paths, dict):
        paths.update({k: v for k, v in used.items() if k not in written or written[k] != v})
    return parsed


def _root(plan: LoadPlan) -> str:
    """The folder that the training's script calls root_path; experiments/NAME lies in it."""
    root = plan.experiments_root
    return os.path.dirname(os.path.dirname(root)) if root else plan.working_directory


def _paths(section: Any, plan: LoadPlan) -> Dict[str, Any]:
    path = dict(section) if isinstance(section, dict) else {}
    root = plan.experiments_root or plan.working_directory
    for name in ('experiments_root', 'models', 'training_states', 'log', 'visualization'):
        path.setdefault(name, root)
    for key, value in path.items():
        if isinstance(value, str) and ('pretrain_network' in key or 'resume_state' in key):
            path[key] = os.path.expanduser(value)
    return path
