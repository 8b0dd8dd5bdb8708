"""KAIR: packages at the repository's root, JSON options, and scripts that put other files in the
place of those that the options name.

Source: KAIR fc1732f main_train_*.py, utils/utils_option.py, models/model_base.py, model_plain.py,
model_gan.py, model_vrt.py, select_model.py, select_network.py.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import glob
import importlib
import json
import os
import re
import sys
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Tuple

from basicsr_weightcheck.dialects.dialect import (
    Builder,
    Decoded,
    Dialect,
    HookPoint,
    OptionsRefused,
    Parts,
    Start,
    fact,
    option_file,
)
from basicsr_weightcheck.dialects.family.source_tree import read
from basicsr_weightcheck.dialects.recorded_options import RecordedOptions
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.plans import (
    Framework,
    LoadPlan,
    LoadStep,
    OptionFile,
    PathEffect,
    PlanFact,
    Resume,
)

SCRIPTS = 'main_train_*.py'
PLAINEST = 'main_train_psnr.py'
SCRIPT_OPTION = 'weightcheck.script'
MARKS = (('utils', 'utils_option.py'), ('models', 'select_model.py'), ('models', 'model_base.py'))
OWN_PATHS = ('root', 'task', 'log', 'options', 'models', 'images')  # that the parser sets
OVERWRITTEN, REPLACED, STRICT, APART, ASSUMED = 'WC541', 'WC542', 'WC441', 'WC543', 'WC544'
UNCLEAR, GOES_ON = 'WC545', 'WC546'
NAMES_OF_DEFAULT = re.compile(r'def main\(\s*json_path\s*=\s*[\'"]([^\'"]+)[\'"]')


class Search(NamedTuple):
    """A look of a script for the newest file of a kind.

    Attributes:
        option: below `path:`, that gets what is found.
        kind: 'G', 'E', 'D', 'optimizerG' or 'optimizerD': files are called <number>_<kind>.pth.
        fallback: option whose value stays where nothing is found; '' where None takes its place.
    """

    option: str
    kind: str
    fallback: str

    def __str__(self) -> str:
        return f'*_{self.kind}.pth'


class Script(NamedTuple):
    """A training script.

    Attributes:
        name: of its file, '' where the repository has none.
        searches: in its order.
        unclear: options that it sets in another way, which is not followed.
        assumed: nothing says that it is this one.
    """

    name: str
    searches: Tuple[Search, ...]
    unclear: Tuple[str, ...]
    assumed: bool


class Kair(Dialect):
    """The constructor only builds; `init_train` loads."""

    name = 'kair'
    title = 'KAIR'
    option_format = 'json'
    network_prefix = 'net'
    type_key = 'net_type'
    model_option = 'model'
    plugin_parts = ()
    ema_option = 'train.E_decay'

    # -- the tree and the options --------------------------------------------------------------

    def origins(self, folder: str) -> Iterator[str]:
        yield folder

    def recognises(self, origin: str) -> bool:
        return all(os.path.isfile(os.path.join(origin, *mark)) for mark in MARKS)

    def describe(self, origin: str, vendored: bool) -> Framework:
        # A file for netE needs the table params_ema or none, one for netG params or none.
        return dataclasses.replace(
            super().describe(origin, vendored),
            name='', layout='root', root=origin, vendored=True, is_namespace=False,
            has_params_fallback=False, cuts_module='',
        )  # fmt: skip

    def section(self, letter: str) -> str:
        return f'net{letter.upper()}'

    def key_option(self, framework: Framework, letter: str) -> str:
        return ''

    def path_option(self, letter: str) -> str:
        return f'path.pretrained_net{letter.upper()}'

    # -- the plan ------------------------------------------------------------------------------

    def steps(
        self, options: OptionFile, framework: Framework, ema_decay: float, is_train: bool
    ) -> Tuple[LoadStep, ...]:
        """The newest file of each kind takes the place of what the options name, or None does."""
        start = Start(options, framework, os.getcwd())
        paths = dict(start.paths)
        parsed = options.has('opt_path')  # in a training that has begun, the script has done so
        for search in () if parsed else script_of(start).searches:
            paths[search.option] = newest(_models(start), search.kind) or paths.get(search.fallback)
        found = {one: paths.get(f'pretrained_net{one}') for one in networks_of(options)}
        return tuple(
            self._step(options, letter, path)
            for letter, path in found.items()
            if isinstance(path, str)
        )

    def misread_file(self, load_path: str) -> str:
        """Of `latest_2_G.pth` and of `02_G.pth` find_last_checkpoint makes `2_G.pth`."""
        folder, name = os.path.split(load_path)
        if not re.fullmatch(r'\d+_[A-Za-z]+\.pth', name):
            return ''
        found = glob.glob(os.path.join(glob.escape(folder), f'*{name}'))
        return next((path for path in sorted(found) if os.path.basename(path) != name), '')

    def _step(self, options: OptionFile, letter: str, load_path: str) -> LoadStep:
        asks_for_ema = letter == 'E' and self.model_type(options) != 'gan'
        step = self.step(
            options,
            f'net{letter}',
            'netD' if letter == 'D' else 'netG',
            self.path_option(letter),
            os.path.expanduser(load_path),
            table='params_ema' if asks_for_ema else 'params',
        )
        step = dataclasses.replace(step, strict_configured=_strict(options, letter))
        return self.corrected(step, options.data)

    def corrected(self, step: LoadStep, options: Mapping[str, Any]) -> LoadStep:
        """Strictness is an option of the section `train`, and of D and E no option at all; a file
        that the script has found is named by none.
        """
        name = f'{step.path_option[-1:]}_param_strict'
        paths, train = options.get('path') or {}, options.get('train') or {}
        reads = name.startswith('G') or name in paths
        written = paths.get(step.path_option.rpartition('.')[2])
        named = isinstance(written, str) and os.path.expanduser(written) == step.load_path
        return dataclasses.replace(
            step,
            path_option=step.path_option if named else '',
            strict_option=f'train.{name}' if reads else '',
            strict_written=reads and name in train,
        )

    def experiments_root(self, start: Start) -> str:
        root, task = start.paths.get('root'), start.options.get('task')
        if not isinstance(root, str) or not isinstance(task, str):
            return ''
        return os.path.join(start.working_directory, os.path.expanduser(root), task)

    def path_effects(self, start: Start) -> Tuple[PathEffect, ...]:
        """What is no weight file is a folder that is made."""
        return tuple(
            PathEffect(f'path.{name}', value, 'makes-directory', name.endswith('_param_strict'))
            for name, value in start.paths.items()
            if 'pretrained' not in name
            and name not in OWN_PATHS
            and isinstance(value, str)
            and not os.path.exists(os.path.join(start.working_directory, value))
        )

    def converted_path(self, step: LoadStep, start: Start, target: str) -> str:
        """A file that no option names is found by its name: the one with the highest number."""
        for search in script_of(start).searches:
            folder, kind = _models(start), search.kind
            if newest(folder, kind) and os.path.dirname(step.load_path) == folder:
                if step.load_path.endswith(f'_{kind}.pth'):
                    return os.path.join(folder, f'{max(numbers(folder, kind)) + 1}_{kind}.pth')
        return target

    def facts(self, start: Start, resume: Resume) -> Tuple[PlanFact, ...]:
        script = script_of(start)
        found = [*_about_paths(start, script), *_about_unclear(start, script)]
        found += [*_about_strict(start), *_about_numbers(start, script)]
        if script.assumed:
            found.append(fact(ASSUMED, script=script.name))
        return tuple(found)

    # -- the child -----------------------------------------------------------------------------

    def import_parts(self, framework: Framework) -> Parts:
        select = importlib.import_module('models.select_network')
        importlib.import_module('models.select_model')
        importlib.import_module('utils.utils_option')
        return Parts(framework, (select.define_G, select.define_D))

    def import_for_the_log(self, framework: Framework) -> None:
        """Every script imports these before anything else."""
        for name in ('utils.utils_logger', 'utils.utils_image', 'data.select_dataset'):
            importlib.import_module(name)
        with contextlib.suppress(ImportError):
            importlib.import_module('requests')  # its networks download with it

    def known_networks(self, parts: Parts) -> List[str]:
        """The texts that `define_G` and `define_D` compare net_type with."""
        path = str(getattr(sys.modules['models.select_network'], '__file__', ''))
        return sorted(set(re.findall(r'net_type == [\'"]([\w-]+)', read(path))))

    def searched(self, framework: Framework) -> str:
        return 'models/select_network.py'

    def asked_section(
        self, builder: Builder, given: Any, options: Mapping[str, Any]
    ) -> Tuple[str, Dict[str, Any]]:
        name = _section_of(builder)
        return name, given[name] or {}

    def with_section(self, builder: Builder, given: Any, section: Dict[str, Any]) -> Any:
        return type(given)({**given, _section_of(builder): type(given)(section)})

    def build_call(
        self, parts: Parts, section: str, options: Mapping[str, Any]
    ) -> Tuple[Builder, Tuple[Any, ...]]:
        builder = next(one for one in parts.builders if _section_of(one) == section)
        option = importlib.import_module('utils.utils_option')
        return builder, (option.dict_to_nonedict({**options, 'is_train': True}),)

    def model_options(self, options: Dict[str, Any], plan: LoadPlan) -> Decoded:
        """The script's own steps up to its model, with the framework's own functions."""
        option = importlib.import_module('utils.utils_option')
        file = dataclasses.replace(plan.options, data=options)
        start = Start(file, plan.framework, plan.working_directory)
        parsed = _parsed(option, options, plan)
        parsed.update(dist=False, rank=0, world_size=1)
        for search in script_of(start).searches:
            parsed['path'][search.option] = _found(
                option, parsed['path'], search, _models(start), plan
            )
        decoded = option.dict_to_nonedict(parsed)
        paths = _paths_of(decoded)
        decoded['path'] = paths
        return Decoded(decoded, paths)

    def model_class(self, parts: Parts, plan: LoadPlan) -> Any:
        """The class that `define_Model` makes an object of."""
        base = importlib.import_module('models.model_base').ModelBase
        select = importlib.import_module('models.select_model')

        def stop(model: Any, *_: Any, **__: Any) -> None:
            raise _Made(type(model))

        before = base.__init__
        base.__init__ = stop
        try:
            select.define_Model({'model': plan.options.get('model')})
        except _Made as made:
            return made.model_class
        except Exception as error:
            raise OptionsRefused('model', f'{type(error).__name__}: {error}') from error
        finally:
            base.__init__ = before
        raise LookupError('define_Model makes no model')

    def construct(self, model: Any, options: Any) -> None:
        model.__init__(options)
        model.init_train()

    def prepare_by_hand(self, model: Any, options: Any) -> None:
        model.opt, model.opt_train = options, options['train']

    def load_by_hand(self, model: Any, network: Any, step: LoadStep) -> None:
        strict, key = step.strict_configured, step.key_configured
        model.load_network(step.load_path, network, strict=strict, param_key=key)

    def replacements(self, shelf: Any) -> Iterator[Tuple[Any, Any]]:
        """The network of the perceptual loss, which is downloaded where it is not there yet."""
        models = sys.modules.get('torchvision.models')
        if models is None:
            return

        def vgg19(*args: Any, **kwargs: Any) -> Any:
            import torch

            try:
                return real(*args, **kwargs)
            except OSError:
                empty = torch.nn.Module()
                empty.features = torch.nn.Sequential()
                return empty

        real = models.vgg19
        yield real, vgg19

    # -- the hook ------------------------------------------------------------------------------

    def hook_points(self, framework: Framework) -> Tuple[HookPoint, ...]:
        return (HookPoint('models.model_base', 'ModelBase', logger='train'),)


class _Made(BaseException):
    """A model object was about to be made."""

    def __init__(self, model_class: Any) -> None:
        super().__init__(model_class)
        self.model_class = model_class


def networks_of(options: OptionFile) -> Tuple[str, ...]:
    """Letters of the networks that the model loads, in its order."""
    decay = options.get('train.E_decay', 0)
    averaged = isinstance(decay, (int, float)) and decay > 0
    return ('G', *(['E'] if averaged else []), *(['D'] if options.get('model') == 'gan' else []))


# -- scripts -----------------------------------------------------------------------------------


def script_of(start: Start) -> Script:
    """The script that a training of these options is started by."""
    path, assumed = _script_path(start)
    return Script(os.path.basename(path), *searches_in(read(path)), assumed)


def _script_path(start: Start) -> Tuple[str, bool]:
    """(path, whether nothing says that it is this one); '' where there is none.

    The script that is said, the one that has the file as its default, else the one whose name has
    the network or the model.
    """
    root = start.framework.origin
    said = start.script or start.options.get(SCRIPT_OPTION)
    if isinstance(said, str) and said:
        return os.path.join(root, said), False
    scripts = sorted(glob.glob(os.path.join(glob.escape(root), SCRIPTS)))
    here = os.path.realpath(os.path.join(start.working_directory, start.options.path))
    by_default = next((path for path in scripts if _default_options(path) == here), '')
    if by_default:
        return by_default, False
    wanted = _likely_names(start.options)
    likely = [path for name in wanted for path in scripts if os.path.basename(path) == name]
    path = next(iter([*likely, *scripts]), '')
    return path, bool(path)


def _likely_names(options: OptionFile) -> List[str]:
    net_type, model = options.get('netG.net_type'), options.get('model')
    own = [f'main_train_{model}.py'] if model in ('gan', 'vrt') else []
    return [*own, f'main_train_{net_type}.py', PLAINEST]


def _default_options(script: str) -> str:
    """Path of the option file that a script takes where it is told of none."""
    found = NAMES_OF_DEFAULT.search(read(script))
    return os.path.realpath(os.path.join(os.path.dirname(script), found.group(1))) if found else ''


def searches_in(source: str) -> Tuple[Tuple[Search, ...], Tuple[str, ...]]:
    """(what a script looks for, options below `path:` that it sets in another way)."""
    found: Dict[str, Tuple[str, str]] = {}  # {name of a variable: (kind, fallback)}
    searches: List[Search] = []
    unclear: List[str] = []
    for target, value in _assignments(source):
        if isinstance(target, ast.Tuple) and _is_search(value):
            names = [part.id for part in target.elts if isinstance(part, ast.Name)]
            found.update(dict.fromkeys(names[1:], _asked(value)))
        option = _path_option(target)
        if option.startswith('pretrained_'):
            asked = found.get(getattr(value, 'id', ''))
            if asked is not None:
                searches.append(Search(option, *asked))
            else:
                unclear.append(option)
    return tuple(searches), tuple(unclear)


def _assignments(source: str) -> Iterator[Tuple[ast.AST, ast.AST]]:
    """(target, value) of those with one target; none of what is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            yield node.targets[0], node.value


def _is_search(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, 'id', '')
    return bool(name == 'find_last_checkpoint')


def _asked(call: Any) -> Tuple[str, str]:
    """(kind, fallback) of a call of find_last_checkpoint(save_dir, net_type, pretrained_path)."""
    given = dict(zip(('save_dir', 'net_type', 'pretrained_path'), call.args))
    given.update({one.arg: one.value for one in call.keywords})
    kind = getattr(given.get('net_type'), 'value', 'G')
    return str(kind), _path_option(given.get('pretrained_path'))


def _path_option(node: Any) -> str:
    """'x' of opt['path']['x'], '' of anything else."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Subscript):
        return ''
    inner, outer = _text(node.slice), _text(node.value.slice)
    return inner if outer == 'path' else ''


def _text(node: Any) -> str:
    node = getattr(node, 'value', node)  # ast.Index, before Python 3.9
    value = getattr(node, 'value', node)
    return value if isinstance(value, str) else ''


# -- files -------------------------------------------------------------------------------------


def numbers(folder: str, kind: str, more: Tuple[str, ...] = ()) -> List[int]:
    """Numbers in the names of the files of a kind. Raises IndexError as the framework does."""
    # The framework's own, with a dot that stands for any sign.
    pattern = re.compile(rf'(\d+)_{kind}.pth')
    places = glob.glob(os.path.join(folder, f'*_{kind}.pth'))
    places += [path for path in more if os.path.dirname(path) == folder
               and path.endswith(f'_{kind}.pth') and path not in places]  # fmt: skip
    return [int(pattern.findall(place)[0]) for place in places]


def strangers(folder: str, kind: str) -> List[str]:
    """Files of a kind whose names have no number: the framework stops at them."""
    places = glob.glob(os.path.join(folder, f'*_{kind}.pth'))
    return [path for path in places if not re.search(rf'\d+_{kind}.pth', path)]


def newest(folder: str, kind: str, more: Tuple[str, ...] = ()) -> str:
    """Path of the file with the highest number, '' without one.

    Source: utils/utils_option.py `find_last_checkpoint`.
    """
    try:
        found = numbers(folder, kind, more)
    except IndexError:
        return ''  # the training stops there: the child says so
    return os.path.join(folder, f'{max(found)}_{kind}.pth') if found else ''


def _models(start: Start) -> str:
    """The folder of the files that are looked for, as the training names it."""
    root, task = start.paths.get('root'), start.options.get('task')
    if not isinstance(root, str) or not isinstance(task, str):
        return ''
    return os.path.join(os.path.expanduser(root), task, 'models')


# -- facts -------------------------------------------------------------------------------------


def _about_paths(start: Start, script: Script) -> Iterator[PlanFact]:
    """Options that the script overwrites."""
    folder, networks = _models(start), networks_of(start.options)
    searches = [one for one in script.searches if one.kind in networks]
    for search in searches:
        yield from _about_search(start, script, search)
    begun = [newest(folder, one.kind) for one in searches if not start.paths.get(one.option)]
    going_on = ', '.join(os.path.basename(path) for path in begun if path)
    if going_on:
        yield fact(GOES_ON, script=script.name, folder=folder, used=going_on)


def _about_unclear(start: Start, script: Script) -> Iterator[PlanFact]:
    """Options that the script sets in a way that is not followed here."""
    for name in script.unclear:
        if start.paths.get(name):
            yield fact(UNCLEAR, f'path.{name}', script=script.name, option=f'path.{name}')


def _about_search(start: Start, script: Script, search: Search) -> Iterator[PlanFact]:
    """A file that is written down, and not the one that the script takes."""
    folder = _models(start)
    option, written = f'path.{search.option}', start.paths.get(search.option)
    found = newest(folder, search.kind)
    if not written or found == written or (search.fallback and not found):
        return
    words = {'script': script.name, 'folder': folder, 'files': str(search)}
    words.update(option=option, written=str(written))
    if found:
        yield fact(REPLACED, option, **words, used=found)
        return
    target = os.path.join(folder, f'0_{search.kind}.pth')
    words.update(network=f'net{search.kind}', target=target)
    yield fact(OVERWRITTEN, option, **words, advice=phrase('unread-put', target=target))


def _about_strict(start: Start) -> Iterator[PlanFact]:
    """Flags of D and E that the parser overwrites with true.

    Source: utils/utils_option.py `parse` looks for them below `path`, and sets them below `train`.
    """
    for letter in networks_of(start.options)[1:]:
        name = f'{letter}_param_strict'
        value = start.options.get(f'train.{name}', True)
        if not value and name not in start.paths:
            yield fact(STRICT, f'train.{name}', option=f'train.{name}', name=name)


def _about_numbers(start: Start, script: Script) -> Iterator[PlanFact]:
    """Files of one run that were not saved together."""
    folder = _models(start)
    found = {one.kind: newest(folder, one.kind) for one in script.searches}
    networks = networks_of(start.options)
    found = {kind: path for kind, path in found.items() if path and kind in networks}
    if len({os.path.basename(path).split('_')[0] for path in found.values()}) > 1:
        names = tuple(os.path.basename(path) for path in found.values())
        yield fact(APART, files=', '.join(names), folder=folder)


def _strict(options: OptionFile, letter: str) -> Any:
    """The value of the strict flag after the parser has set its defaults."""
    name = f'{letter}_param_strict'
    if letter != 'G' and not options.has(f'path.{name}'):
        return True
    default = True if letter == 'G' else None
    return options.get(f'train.{name}', default)


# -- the child's helpers -----------------------------------------------------------------------


def _section_of(builder: Any) -> str:
    return f'net{builder.__name__[-1:]}'


def _parsed(option: Any, options: Dict[str, Any], plan: LoadPlan) -> Dict[str, Any]:
    """What the framework's own parser makes of the options.

    Raises:
        OptionsRefused: it raises something.
    """
    before = os.environ.get('CUDA_VISIBLE_DEVICES')
    with option_file(json.dumps(options), 'options.json') as path:
        try:
            parsed: Dict[str, Any] = option.parse(path, is_train=True)
        except Exception as error:
            raise OptionsRefused('', f'{type(error).__name__}: {error}') from error
        finally:
            if before is not None:  # the parser shows the GPUs of the options
                os.environ['CUDA_VISIBLE_DEVICES'] = before
    parsed['opt_path'] = plan.options.path
    return parsed


def _found(option: Any, paths: Dict[str, Any], search: Search, folder: str, plan: LoadPlan) -> Any:
    """What the framework's own function finds; a file that is to be written counts as there."""
    coming = newest(folder, search.kind, plan.files_to_come)
    if coming in plan.files_to_come:
        return coming
    place = f'path.{search.fallback or search.option}'
    try:
        fallback = {'pretrained_path': paths[search.fallback]} if search.fallback else {}
        return option.find_last_checkpoint(paths['models'], net_type=search.kind, **fallback)[1]
    except Exception as error:
        stray = ', '.join(strangers(folder, search.kind))
        reason = f'{type(error).__name__}: {error}' + (f' ({stray})' if stray else '')
        raise OptionsRefused(place, reason) from error


def _paths_of(decoded: Any) -> RecordedOptions:
    """The section `path`, which notes what is read and gives None for what it has not."""

    class NonePaths(RecordedOptions):
        def __missing__(self, key: str) -> None:
            return None

    return NonePaths(dict(decoded['path']))
