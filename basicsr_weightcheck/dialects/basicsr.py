"""BasicSR (dialect A), what its copies share with it, and those that have its networks and models.

Source: basicsr 1.4.2 archs/__init__.py, models/*.py, train.py, utils/options.py, utils/registry.py;
Restormer and NAFNet models/image_restoration_model.py; CodeFormer (dialect D) models/*.py, train.py
`parse_options`, utils/options.py `parse`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any, ContextManager, Dict, Iterator, List, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import (
    Builder,
    Decoded,
    HookPoint,
    Parts,
    Start,
    fact,
    module_name,
    part_of,
)
from basicsr_weightcheck.dialects.family.member import (
    MISPLACED,
    Member,
    parsed_options,
    training_options,
)
from basicsr_weightcheck.dialects.family.source_tree import (
    described,
    inside_each,
    is_package,
    pinned_version,
    read,
    root_of_start,
    sources_of,
)
from basicsr_weightcheck.records.plans import (
    Framework,
    LoadPlan,
    LoadStep,
    OptionFile,
    PlanFact,
    Resume,
)

SUFFIX = '_basicsr'  # that the registry adds to what a plug-in has a class of the same name for
EMA_TABLE = 'params_ema'
# Model types that never load a discriminator although the YAML may name one.
GENERATOR_ONLY = (
    'SRModel', 'SwinIRModel', 'HATModel', 'VideoBaseModel', 'EDVRModel', 'VideoRecurrentModel',
    'RealESRNetModel', 'ImageCleanModel', 'ImageRestorationModel', 'HiFaceGANModel',
    'RestormerModel',
)  # fmt: skip
# Model types whose two optimizers are those of net_g and net_d, each of all parameters.
WITH_DISCRIMINATOR = (
    'SRGANModel', 'ESRGANModel', 'RealESRGANModel', 'RealHATGANModel', 'VideoGANModel',
    'VideoRecurrentGANModel',
)  # fmt: skip


class BasicSR(Member):
    """Networks in archs/ with a registry, options through `parse_options`."""

    name = 'basicsr'
    turn = 4
    packages = ('basicsr',)
    resumes_on_gpu = True
    predicts = True

    # -- the tree and the options --------------------------------------------------------------

    def origins(self, folder: str) -> Iterator[str]:
        """A folder called basicsr, or a copy of it under another name."""
        yield from super().origins(folder)
        for path in inside_each(folder, 'models', 'base_model.py'):
            origin = os.path.dirname(os.path.dirname(path))
            if os.path.basename(origin).isidentifier() and 'def load_network' in read(path):
                yield origin

    def recognises(self, origin: str) -> bool:
        if not is_package(origin):
            return False
        sources = sources_of(origin)
        return not sources.is_legacy and 'def parse_options' in sources.options

    def describe(self, origin: str, vendored: bool) -> Framework:
        return described(super().describe(origin, vendored))

    # -- the plan ------------------------------------------------------------------------------

    def steps(
        self, options: OptionFile, framework: Framework, ema_decay: float, is_train: bool
    ) -> Tuple[LoadStep, ...]:
        """As the constructors of the model types above make them.

        A rehearsal corrects this by what the model's constructor really does; the table stands in
        where the framework cannot run.
        """
        networks = ['net_g']
        if is_train and ema_decay > 0 and framework.has_ema:
            networks.append('net_g_ema')
        if (
            is_train
            and options.get('model_type') not in GENERATOR_ONLY
            and options.has('network_d')
        ):
            networks.append('net_d')
        steps = (self._step(options, framework, network) for network in networks)
        return tuple(step for step in steps if step is not None)

    def _step(self, options: OptionFile, framework: Framework, network: str) -> Optional[LoadStep]:
        letter, is_average = network.split('_')[1], network.endswith('_ema')
        path_option = self.path_option(letter)
        load_path = options.get(path_option)
        if load_path is None:
            return None
        return self.step(
            options,
            network,
            self.section(letter),
            path_option,
            os.path.expanduser(str(load_path)),
            strict_option=f'path.strict_load_{letter}',
            key_option='' if is_average else f'path.{self.key_option(framework, letter)}',
            table=EMA_TABLE if is_average else 'params',
        )

    def optimized_networks(self, options: OptionFile) -> Tuple[str, ...]:
        if options.get('model_type') in WITH_DISCRIMINATOR:
            return ('network_g', 'network_d')
        return ('network_g',) if options.get('model_type') in GENERATOR_ONLY else ()

    def experiments_folder(self, start: Start) -> str:
        base = start.working_directory
        if start.framework.vendored:
            base = start.framework.root
        elif start.framework.plugins:
            plugin, folder = start.framework.plugins[0]
            base = root_of_start(os.path.join(folder, plugin)) or folder
        return os.path.join(base, 'experiments')

    def forced_options(self, options: OptionFile) -> Tuple[Tuple[str, str], ...]:
        """In the form of --force_yml.

        Source: basicsr 1.4.2 utils/options.py `parse_options`: sections end at a colon; a name with
        dots is one name, and the last name of an entry may be new.
        """
        found = []
        for name in options.forced:
            if '.' in name:
                found.append((name, name.replace('.', ':')))
            elif MISPLACED.fullmatch(name):
                found.append((name, f'path:{name}'))
        return tuple(found)

    def facts(self, start: Start, resume: Resume) -> Tuple[PlanFact, ...]:
        """A plug-in that pins another version of what is installed."""
        framework = start.framework
        if framework.vendored or not framework.plugins or not framework.version:
            return ()
        pinned, file = pinned_version(framework.plugins[0][1], framework.name)
        if not pinned or pinned == framework.version:
            return ()
        return (fact('WC560', file=file, installed=framework.version, pinned=pinned),)

    # -- the child: import and networks --------------------------------------------------------

    def import_parts(self, framework: Framework) -> Parts:
        archs = part_of(framework, 'archs')
        registry = part_of(framework, 'utils.registry').ARCH_REGISTRY
        part_of(framework, 'models')
        return Parts(framework, (archs.build_network,), registry)

    def import_for_the_log(self, framework: Framework) -> None:
        """What the first lines of every training's log need: torchvision, the version.

        Source: basicsr 1.4.2 train.py `init_loggers`, utils/logger.py `get_env_info`; Restormer and
        NAFNet have the same, and often import torchvision nowhere else.
        """
        if importlib.util.find_spec(module_name(framework, 'utils')) is None:
            return
        tell = getattr(part_of(framework, 'utils'), 'get_env_info', None)
        if tell is None:
            return
        try:
            tell()
        except ImportError:
            raise
        except Exception:  # may ask for a GPU, which a check has not; what it imports has to work
            if importlib.util.find_spec('torchvision') is not None:
                importlib.import_module('torchvision')

    def known_networks(self, parts: Parts) -> List[str]:
        names = super().known_networks(parts)
        cut = (name[: -len(SUFFIX)] if name.endswith(SUFFIX) else name for name in names)
        return sorted(cut)

    def network_class(self, parts: Parts, network_type: str) -> Any:
        # `Registry.get` tries '<name>_basicsr' last.
        names = (network_type, network_type + SUFFIX)
        found = (super(BasicSR, self).network_class(parts, name) for name in names)
        return next((one for one in found if one is not None), None)

    def namesake(self, parts: Parts, network: Any, network_type: str) -> str:
        found = super().network_class(parts, network_type + SUFFIX)
        if found is None or found is type(network):
            return ''
        return f'{found.__module__}.{found.__qualname__}'

    def searched(self, framework: Framework) -> str:
        names = [framework.name, *(name for name, _ in framework.plugins)]
        return ', '.join(f'{name}.archs' if name else 'archs' for name in names)

    # -- the child: the model ------------------------------------------------------------------

    def model_options(self, options: Dict[str, Any], plan: LoadPlan) -> Decoded:
        return training_options(options, plan)

    def parsed_options(
        self, options: Dict[str, Any], plan: LoadPlan, guard: ContextManager[Any]
    ) -> Dict[str, Any]:
        return parsed_options(options, plan, guard)

    def model_class(self, parts: Parts, plan: LoadPlan) -> Any:
        """The class that `build_model` takes out of its registry, or `create_model` out of modules.

        Source: basicsr 1.4.2 models/__init__.py `build_model`; swz30/Restormer
        basicsr/models/__init__.py `create_model`.
        """
        models = sys.modules[module_name(parts.framework, 'models')]
        build = getattr(getattr(models, 'build_model', None), '__code__', None)
        if build is not None and 'MODEL_REGISTRY' in build.co_names:
            registry = part_of(parts.framework, 'utils.registry').MODEL_REGISTRY
            return registry.get(plan.options.data['model_type'])  # its errors are the framework's
        found = _in_modules(parts, plan.model_type)
        if found is None:
            raise LookupError(f'Model {plan.model_type} is not found.')
        return found

    def loss_builders(self, framework: Framework) -> Iterator[Builder]:
        module = sys.modules.get(module_name(framework, 'losses'))
        real = vars(module).get('build_loss') if module is not None else None
        if real is not None:
            yield real

    # -- the hook ------------------------------------------------------------------------------

    def hook_points(self, framework: Framework) -> Tuple[HookPoint, ...]:
        folders = (module_name(framework, 'utils.misc'), 'make_exp_dirs')
        base = module_name(framework, 'models.base_model')
        return (HookPoint(base, 'BaseModel', folders=folders),)


def _in_modules(parts: Parts, name: str) -> Any:
    """Legacy layout: the first scanned `*_model.py` that has an attribute of that name wins."""
    package = module_name(parts.framework, 'models')
    scanned: List[Any] = list(getattr(sys.modules[package], '_model_modules', []))
    scanned += [m for key, m in sorted(sys.modules.items()) if key.startswith(f'{package}.')]
    found = (getattr(module, name, None) for module in scanned)
    return next((one for one in found if isinstance(one, type)), None)


class CodeFormer(BasicSR):
    """BasicSR's networks and models, its options through an older parser.

    The names of its experiments carry a time stamp: nothing is archived.
    """

    name = 'codeformer'
    archives = False

    def recognises(self, origin: str) -> bool:
        if not is_package(origin):
            return False
        sources = sources_of(origin)
        return not sources.is_legacy and 'def parse_options' in sources.train


class Unknown(BasicSR):
    """A package like BasicSR that is none of the copies known, or no package at all.

    What is said of it without running it follows BasicSR 1.4.2.
    """

    name = 'unknown'
    turn = 5  # it takes whatever is like BasicSR

    def recognises(self, origin: str) -> bool:
        return is_package(origin)
