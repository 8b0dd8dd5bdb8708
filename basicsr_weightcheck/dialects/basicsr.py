"""BasicSR (dialect A), and what its older copies share with it.

Source: basicsr 1.4.2 archs/__init__.py, models/__init__.py, models/base_model.py, train.py,
utils/options.py, utils/registry.py.
"""

from __future__ import annotations

import glob
import importlib.util
import os
from typing import Any, Callable, ContextManager, Dict, Iterator, List, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import (
    Builder,
    Decoded,
    HookPoint,
    Parts,
    Start,
    module_name,
    part_of,
)
from basicsr_weightcheck.dialects.family import around, load_steps
from basicsr_weightcheck.dialects.family.member import Member
from basicsr_weightcheck.dialects.family.model_class import find_model_class
from basicsr_weightcheck.dialects.family.model_options import parsed_options, training_options
from basicsr_weightcheck.dialects.family.source_tree import (
    described,
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


class BasicSR(Member):
    """Networks in archs/ with a registry, options through `parse_options`."""

    name = 'basicsr'
    packages = ('basicsr',)
    resumes_on_gpu = True
    predicts = True

    # -- the tree and the options --------------------------------------------------------------

    def origins(self, folder: str) -> Iterator[str]:
        """A folder called basicsr, or a copy of it under another name."""
        yield from super().origins(folder)
        bases = os.path.join(glob.escape(folder), '*', 'models', 'base_model.py')
        for path in sorted(glob.glob(bases)):
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

    def key_option(self, framework: Framework, letter: str) -> str:
        return around.key_name(framework, letter)

    # -- the plan ------------------------------------------------------------------------------

    def steps(
        self, options: OptionFile, framework: Framework, ema_decay: float, is_train: bool
    ) -> Tuple[LoadStep, ...]:
        return load_steps.list_steps(options, framework, ema_decay, is_train)

    def optimized_networks(self, options: OptionFile) -> Tuple[str, ...]:
        return load_steps.optimized_networks(options)

    def experiments_root(self, start: Start) -> str:
        name = start.options.get('name')
        if not isinstance(name, str) or not name:
            return ''
        base = start.working_directory
        if start.framework.vendored:
            base = start.framework.root
        elif start.framework.plugins:
            plugin, folder = start.framework.plugins[0]
            base = root_of_start(os.path.join(folder, plugin)) or folder
        return os.path.join(base, 'experiments', name)

    def forced_options(self, options: OptionFile) -> Tuple[Tuple[str, str], ...]:
        return around.forced_options(options)

    def weight_options(self, options: OptionFile) -> Dict[str, str]:
        return around.weight_options(options)

    def facts(self, start: Start, resume: Optional[Resume]) -> Tuple[PlanFact, ...]:
        """A plug-in that pins another version of what is installed."""
        framework = start.framework
        if framework.vendored or not framework.plugins or not framework.version:
            return ()
        pinned, file = pinned_version(framework.plugins[0][1], framework.name)
        if not pinned or pinned == framework.version:
            return ()
        words = (('file', file), ('installed', framework.version), ('pinned', pinned))
        return (PlanFact('WC560', '', words),)

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
        return find_model_class(parts, plan.model_type)

    def resume(self, model: Any, plan: LoadPlan, load: Callable[..., Any]) -> None:
        """Source: basicsr 1.4.2 train.py `train_pipeline`, Restormer train.py."""
        if plan.resume is not None and plan.is_train and hasattr(model, 'resume_training'):
            model.resume_training(load(plan.resume.state_path, map_location='cpu'))

    def prepare_by_hand(self, model: Any, options: Any) -> None:
        import torch

        model.opt, model.device, model.is_train = options, torch.device('cpu'), True

    def load_by_hand(self, model: Any, network: Any, step: LoadStep) -> None:
        model.load_network(network, step.load_path, step.strict_configured, step.key_configured)

    def loss_builders(self, framework: Framework) -> Iterator[Builder]:
        import sys

        module = sys.modules.get(module_name(framework, 'losses'))
        real = vars(module).get('build_loss') if module is not None else None
        if real is not None:
            yield real

    # -- the hook ------------------------------------------------------------------------------

    def hook_points(self, framework: Framework) -> Tuple[HookPoint, ...]:
        folders = (module_name(framework, 'utils.misc'), 'make_exp_dirs')
        base = module_name(framework, 'models.base_model')
        return (HookPoint(base, 'BaseModel', folders=folders),)
