"""traiNNer-redux: options of its own type, networks from spandrel, a loader that looks for tables.

Source: traiNNer-redux 6862931 train.py, traiNNer/utils/options.py, utils/redux_options.py,
utils/misc.py `check_resume`, `make_exp_dirs`, models/__init__.py, models/base_model.py
`load_network`, models/sr_model.py, models/ae_model.py, archs/__init__.py.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import importlib.util
import os
import re
import sys
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import (
    Builder,
    Decoded,
    HookPoint,
    OptionsRefused,
    Parts,
    Start,
    fact,
    option_file,
    part_of,
)
from basicsr_weightcheck.dialects.family.member import Member, scanned_states, states_folder
from basicsr_weightcheck.dialects.recorded_options import RecordedOptions
from basicsr_weightcheck.records.plans import (
    Framework,
    LoadPlan,
    LoadStep,
    OptionFile,
    PathEffect,
    PlanFact,
    Resume,
    ResumeTraps,
)

EMA_TABLE = 'params_ema'
SUFFIXES = ('safetensors', 'pth')  # in the order of check_resume; the last that is there wins
NEVER_READ = {
    # fields that the option type has and no training reads (retest.py reads the first)
    'pretrain_network_g_path': 'pretrain_network_g',
    'pretrain_network_ae_path': 'pretrain_network_ae',
}


class TraiNNerRedux(Member):
    """Its own parser decodes the options, its own constructors make the loads."""

    name = 'traiNNer-redux'
    turn = 0  # where several are installed, this one is the training's
    title = name
    packages = ('traiNNer',)
    option_format = 'yaml-merge'  # msgspec.yaml, by PyYAML's safe loader
    state_name = re.compile(r'\d+(_\d+)*\.state')

    # -- the tree and the options --------------------------------------------------------------

    def recognises(self, origin: str) -> bool:
        return os.path.isfile(os.path.join(origin, 'utils', 'redux_options.py'))

    def describe(self, origin: str, vendored: bool) -> Framework:
        return dataclasses.replace(super().describe(origin, vendored), cuts_module='all')

    def model_type(self, options: OptionFile) -> str:
        """The class that `build_model` takes: nothing in the file names it."""
        if options.get('high_order_degradation') is True:
            share = options.get('dataroot_lq_prob')
            paired = isinstance(share, (int, float)) and share > 0
            return 'RealESRGANPairedModel' if paired else 'RealESRGANModel'
        is_autoencoder = options.get('network_ae') and not options.get('network_g')
        return 'AEModel' if is_autoencoder else 'SRModel'

    # -- the plan ------------------------------------------------------------------------------

    def steps(
        self, options: OptionFile, framework: Framework, ema_decay: float, is_train: bool
    ) -> Tuple[LoadStep, ...]:
        averaged = is_train and ema_decay > 0
        if self.model_type(options) == 'AEModel':
            # The decoder's own file is looked at only where there is none of the whole.
            wanted = [
                self._step(options, 'ae', table='params')
                or self._step(options, 'ae_decoder', 'net_ae.decoder', table='params'),
                self._step(options, 'ae_ema', table=EMA_TABLE) if averaged else None,
            ]
        else:
            wanted = [self._step(options, 'g', letter='g')]
            if isinstance(options.get('network_g_teacher'), dict):
                wanted.append(self._step(options, 'g_teacher'))
            if is_train and has_gan(options):
                wanted.append(self._step(options, 'd', letter='d'))
            if averaged:
                wanted.append(self._step(options, 'g_ema', letter='g', table=EMA_TABLE))
        return tuple(filter(None, wanted))

    def _step(
        self, options: OptionFile, name: str, network: str = '', letter: str = '', table: str = ''
    ) -> Optional[LoadStep]:
        """The load of `path.pretrain_network_<name>`; None where the file does not name one.

        `network` where it is not net_<name>; `letter` of the options that choose strictness and,
        without `table`, the table, '' where the call has fixed values.
        """
        path_option = f'path.pretrain_network_{name}'
        load_path = options.get(path_option)
        if not isinstance(load_path, str):
            return None
        expanded = name in ('g', 'd')  # parse_options looks for `~` in no other path
        return self.step(
            options,
            network or f'net_{name}',
            'network_ae' if name.startswith('ae') else f'network_{name.replace("_ema", "")}',
            path_option,
            os.path.expanduser(load_path) if expanded else load_path,
            strict_option=f'path.strict_load_{letter}' if letter else '',
            key_option=f'path.param_key_{letter}' if letter and not table else '',
            table=table or None,
        )

    def optimized_networks(self, options: OptionFile) -> Tuple[str, ...]:
        if self.model_type(options) == 'AEModel':
            return ('network_ae',)
        return ('network_g', 'network_d') if has_gan(options) else ('network_g',)

    def replaced_files(
        self, start: Start, experiments_root: str, iteration: Optional[int]
    ) -> Iterator[Tuple[str, str, str]]:
        """Of the files that are there the last one in `check_resume`'s order wins.

        So .pth over .safetensors, net_g over net_g_ema, resume_models over models. Where there is
        none, the training stops at the last.
        """
        for option, ways in self._candidates(start, iteration, experiments_root):
            there = [way for way in ways if os.path.exists(way)]
            used = there[-1] if there else ways[len(ways) // len(SUFFIXES) - 1]
            yield option, str(start.options.get(option) or ''), used

    def _candidates(
        self, start: Start, iteration: Optional[int], root: str
    ) -> Iterator[Tuple[str, List[str]]]:
        """(path option, files that `check_resume` looks for, in its order)."""
        number = '<iter>' if iteration is None else str(iteration)
        ignored = start.options.get('path.ignore_resume_networks') or ()
        for name, folders, labels in self._saved(start.options):
            if f'network_{name}' not in ignored:
                yield (
                    f'path.pretrain_network_{name}',
                    [
                        os.path.join(root, folder, f'{label}_{number}.{suffix}')
                        for suffix in SUFFIXES
                        for folder in folders
                        for label in labels
                    ],
                )

    def _saved(self, options: OptionFile) -> Iterator[Tuple[str, Tuple[str, ...], Tuple[str, ...]]]:
        """(network, folders, beginnings of names) of the files that a training has saved."""
        # With averages the raw weights are saved for a resume only, in a folder of their own.
        both = ('models', os.path.join('models', 'resume_models'))
        if options.get('network_g') is not None:
            if self.ema_decay(options) > 0:
                yield 'g_ema', ('models',), ('net_g_ema', 'net_g')
            yield 'g', both, ('net_g',)
        if options.get('network_d') is not None and has_gan(options):
            yield 'd', both, ('net_d',)

    def resume_traps(self, start: Start, experiments_root: str, resume: Resume) -> ResumeTraps:
        if not start.auto_resume:
            return ResumeTraps()
        states = scanned_states(os.path.join(start.working_directory, states_folder(start)))
        written = str(start.options.get('path.resume_state') or '')
        return ResumeTraps(
            stray=tuple(one for one in states if not self.state_name.fullmatch(one)),
            not_read='' if resume.happens else written,
        )

    def path_effects(self, start: Start) -> Tuple[PathEffect, ...]:
        """`make_exp_dirs` spares 'ignore_reusme_networks': the list goes to os.makedirs."""
        value = start.paths.get('ignore_resume_networks')
        if value is None:
            return ()
        return (PathEffect('path.ignore_resume_networks', str(value), 'not-text'),)

    def unknown_options(self, start: Start) -> Tuple[Tuple[str, str, bool], ...]:
        return tuple(
            (f'path.{name}', near, True)
            for name, near in NEVER_READ.items()
            if start.paths.get(name) is not None
        )

    def misplaced_options(self, options: OptionFile) -> Tuple[str, ...]:
        return ()  # the type of the options refuses what it does not know

    def ignored_key_options(self, start: Start) -> Tuple[str, ...]:
        return ()  # refused as well

    def weight_options(self, options: OptionFile) -> Dict[str, str]:
        found = super().weight_options(options)
        if self.ema_decay(options) <= 0:
            found.pop('path.pretrain_network_g_ema', None)  # no averages, no loss
        return found

    def facts(self, start: Start, resume: Resume) -> Tuple[PlanFact, ...]:
        if resume.happens:
            return tuple(self._other_files(start, resume))
        option = 'path.pretrain_network_g_ema'
        averages = self.ema_decay(start.options) > 0 and start.options.get(option) is not None
        return (fact('WC562', option, option=option),) if averages else ()

    def _other_files(self, start: Start, resume: Resume) -> Iterator[PlanFact]:
        """Files of the same iteration that a resume leaves aside, and that were probably meant.

        A newer one, or averaged weights where the raw ones are taken for them.
        """
        root = self.experiments_root(start)
        for option, ways in self._candidates(start, resume.iteration, root):
            *others, used = [way for way in ways if os.path.exists(way)] or ['']
            meant = [
                way
                for way in others
                if os.path.getmtime(way) > os.path.getmtime(used)
                or ('_ema_' in os.path.basename(way)) > ('_ema_' in os.path.basename(used))
            ]
            if meant:
                yield fact('WC561', option, option=option, used=used, other=meant[-1])

    # -- the child: import and networks --------------------------------------------------------

    def import_parts(self, framework: Framework) -> Parts:
        archs = part_of(framework, 'archs')
        registry = part_of(framework, 'utils.registry')
        part_of(framework, 'models')
        networks = _Registries(
            registry.SPANDREL_REGISTRY, registry.ARCH_REGISTRY, registry.TESTARCH_REGISTRY
        )
        return Parts(framework, (archs.build_network,), networks)

    def import_for_the_log(self, framework: Framework) -> None:
        """What train.py imports besides: readers of images, among others."""
        part_of(framework, 'data')

    def asked_section(
        self, builder: Builder, given: Any, options: Mapping[str, Any]
    ) -> Tuple[str, Dict[str, Any]]:
        # A section is copied with the scale in it; the value of its type tells which one it was.
        return getattr(given.get('type'), 'section', ''), given

    def build_call(
        self, parts: Parts, name: str, options: Mapping[str, Any]
    ) -> Tuple[Builder, Tuple[Any, ...]]:
        section = dict(self.network_sections(options).get(name, {}))
        if name != 'network_d':
            section['scale'] = options.get('scale')
        return parts.builders[0], (_marked(section, name),)

    def unwrapped(self, network: Any) -> Any:
        averages = getattr(network, 'ema_model', None)  # ema_pytorch holds both networks
        return network if averages is None else averages

    def is_network(self, attribute: str) -> bool:
        return attribute.startswith('net_')  # besides: jpeger, usm_sharpener, batch_augment

    # -- the child: the model ------------------------------------------------------------------

    def model_options(self, options: Dict[str, Any], plan: LoadPlan) -> Decoded:
        decoded = _parsed(options, plan)
        for name in ('train', 'logger'):  # train.py asserts both
            if plan.is_train and getattr(decoded, name, None) is None:
                raise OptionsRefused(name, f'AssertionError: opt.{name} is not None')
        # No GPU here, and nothing of it decides where weights come from: they are loaded before
        # the network is compiled or cast.
        decoded.num_gpu, decoded.dist = 0, False
        decoded.use_amp = decoded.use_compile = False
        decoded.root_path = plan.framework.root
        if plan.resume.happens and decoded.path.ignore_resume_networks is not None:
            # make_exp_dirs hands it to os.makedirs; that of a fresh start is told by the plan.
            raise OptionsRefused('path.ignore_resume_networks', 'TypeError: make_exp_dirs')
        for name in self.network_sections(options):
            section = getattr(decoded, name, None)
            if isinstance(section, dict):
                _marked(section, name)
        paths = RecordedOptions(dict(options.get('path') or {}))
        decoded.path = _RecordedPath(decoded.path, paths)
        return Decoded(decoded, paths)

    def model_class(self, parts: Parts, plan: LoadPlan) -> Any:
        models = part_of(parts.framework, 'models')
        found = getattr(models, plan.model_type, None)
        if found is None:
            raise LookupError(f'{models.__name__} has no {plan.model_type}')
        return found

    def resume(self, model: Any, plan: LoadPlan, load: Callable[..., Any]) -> None:
        if plan.resume.happens and plan.is_train:
            model.resume_training(
                load(plan.resume.state_path, map_location='cpu', weights_only=True)
            )

    def prepare_by_hand(self, model: Any, options: Any) -> None:
        super().prepare_by_hand(model, options)
        if importlib.util.find_spec('spandrel') is not None:
            model.model_loader = importlib.import_module('spandrel').ModelLoader()

    def loss_builders(self, framework: Framework) -> Iterator[Builder]:
        yield part_of(framework, 'losses').build_loss

    def replacements(self, shelf: Any) -> Iterator[Tuple[Any, Any]]:
        import torch

        yield torch.jit.load, _no_torch_script(shelf)

    # -- the hook ------------------------------------------------------------------------------

    def hook_points(self, framework: Framework) -> Tuple[HookPoint, ...]:
        return (HookPoint('traiNNer.models.base_model', 'BaseModel'),)

    def plain_options(self, model: Any) -> Dict[str, Any]:
        plain = _plain(getattr(model, 'opt', None))
        return plain if isinstance(plain, dict) else {}


# -- the plan ----------------------------------------------------------------------------------


def has_gan(options: OptionFile) -> bool:
    """A discriminator is built: `gan_opt`, else the first GAN loss, has a weight.

    Source: models/sr_model.py `SRModel.__init__`.
    """
    chosen = options.get('train.gan_opt')
    if not chosen:
        losses = options.get('train.losses')
        listed = (
            [one for one in losses if isinstance(one, dict)] if isinstance(losses, list) else []
        )
        chosen = next((one for one in listed if str(one.get('type')).lower() == 'ganloss'), None)
    return isinstance(chosen, dict) and chosen.get('loss_weight', 0) != 0


# -- the child ---------------------------------------------------------------------------------


class _Registries:
    """Three registries in the order in which `build_network` asks them; names have no case."""

    def __init__(self, *registries: Any) -> None:
        self._registries = registries

    def __contains__(self, name: str) -> bool:
        return any(name in registry for registry in self._registries)

    def get(self, name: str) -> Any:
        """The class or function of a name. Raises KeyError."""
        found = next((one for one in self._registries if name in one), self._registries[-1])
        return found.get(name)

    def keys(self) -> List[str]:
        return [str(name) for registry in self._registries for name in registry.keys()]


class _SectionType(str):
    """The type of a network, which knows the section that it stands in, also as a copy."""

    section: str

    def __new__(cls, value: str, section: str) -> _SectionType:
        made = super().__new__(cls, value)
        made.section = section
        return made

    def __deepcopy__(self, memo: Any) -> _SectionType:
        return self


def _marked(section: Dict[str, Any], name: str) -> Dict[str, Any]:
    if isinstance(section.get('type'), str):
        section['type'] = _SectionType(section['type'], name)
    return section


class _RecordedPath:
    """Stands in for the struct of `path:` and notes what is looked up."""

    def __init__(self, paths: Any, noted: RecordedOptions) -> None:
        vars(self).update(_paths=paths, _noted=noted)

    def __getattr__(self, name: str) -> Any:
        value = getattr(vars(self)['_paths'], name)
        vars(self)['_noted'].reads.append((name, value))
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(vars(self)['_paths'], name, value)


def _parsed(options: Dict[str, Any], plan: LoadPlan) -> Any:
    """What the framework's own `parse_options` makes of the options.

    Raises:
        OptionsRefused: it, or the type of the options, does not take them.
    """
    import yaml

    module = part_of(plan.framework, 'utils.options')
    read, arguments = module.yaml_load, sys.argv
    text = yaml.safe_dump(options, allow_unicode=True, sort_keys=False)
    with option_file(text, 'options.yml') as path:
        module.yaml_load = lambda _: read(path)  # the file as it stands, or with edits
        sys.argv = ['train.py', '-opt', plan.options.path]
        try:
            decoded, _ = module.parse_options(plan.framework.root, is_train=plan.is_train)
        except (Exception, SystemExit) as error:
            raise _refusal(error, plan.framework) from error
        finally:
            module.yaml_load, sys.argv = read, arguments
    return decoded


def _refusal(error: BaseException, framework: Framework) -> OptionsRefused:
    text = str(error).strip().split('\n')[0]
    place = re.search(r'at `\$\.?([^`]*)`', text)
    field = re.search(r'(unknown|required) field `([^`]+)`', text)
    parts = [place.group(1) if place else '', field.group(2) if field else '']
    option = '.'.join(part for part in parts if part)
    near: List[str] = []
    if field and field.group(1) == 'unknown':
        types = part_of(framework, 'utils.redux_options')
        name = f'{parts[0].capitalize()}Options' if parts[0] else 'ReduxOptions'
        fields = getattr(getattr(types, name, None), '__annotations__', ())
        near = difflib.get_close_matches(parts[1], list(fields), 1)
    return OptionsRefused(option, f'{type(error).__name__}: {text}', ''.join(near))


def _no_torch_script(shelf: Any) -> Callable[..., Any]:
    """Stands in for torch.jit.load, which spandrel tries first on a .pt file."""

    def load(f: Any, *_: Any, **__: Any) -> Any:
        path = shelf.path_of(f)
        if path and shelf.header(path) is None:
            shelf.lost.append(os.path.basename(path))  # maybe a program: what it holds is not known
        raise RuntimeError(f'not TorchScript: {path}')

    return load


def _plain(value: Any) -> Any:
    """A struct, and all in it, as plain dicts."""
    fields = getattr(value, '__struct_fields__', None)
    if fields is not None:
        return {name: _plain(getattr(value, name, None)) for name in fields}
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
