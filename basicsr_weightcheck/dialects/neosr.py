"""neosr: TOML options, one scale per process, failures that end with exit code 0.

Source: neosr 31c7022 train.py `load_resume_state`, `train_pipeline`; neosr/utils/options.py
`parse_options`; neosr/utils/misc.py `make_exp_dirs`, `check_resume`; neosr/archs/arch_util.py
`net_opt`; neosr/models/base.py `load_network`; neosr/models/image.py `__init__`, `save`.
"""

from __future__ import annotations

import copy
import dataclasses
import importlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, Mapping, Tuple

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
from basicsr_weightcheck.dialects.family.member import Member
from basicsr_weightcheck.dialects.family.source_tree import read
from basicsr_weightcheck.dialects.recorded_options import NamedSection, RecordedOptions
from basicsr_weightcheck.records.plans import (
    Framework,
    LoadPlan,
    LoadStep,
    OptionFile,
    PlanFact,
    Resume,
)

PYTHON = re.compile(r'sys\.version_info\.minor != (\d+)')


class Neosr(Member):
    """The file decides which of its tables is read; `param_key_g` counts where it has none."""

    name = 'neosr'
    packages = ('neosr',)
    option_format = 'toml'
    ema_option = 'train.ema'
    plugin_parts = ()

    # -- the tree and the options --------------------------------------------------------------

    def recognises(self, origin: str) -> bool:
        return 'tomllib' in read(origin, 'utils', 'options.py') and 'def net_opt' in read(
            origin, 'archs', 'arch_util.py'
        )

    def describe(self, origin: str, vendored: bool) -> Framework:
        found = super().describe(origin, vendored)
        project = read(found.root, 'pyproject.toml')
        version = re.search(r'^version\s*=\s*"([^"]+)"', project, re.MULTILINE)
        return dataclasses.replace(
            found,
            version=version.group(1) if version else '',
            layout='registry',
            names_encoding=True,  # tomllib reads bytes
            tables_first=('params-ema', 'params_ema', 'params'),
        )

    def ema_decay(self, options: OptionFile) -> float:
        return max(0.0, super().ema_decay(options))  # models/image.py: `self.ema > 0`

    # -- the plan ------------------------------------------------------------------------------

    def steps(
        self, options: OptionFile, framework: Framework, ema_decay: float, is_train: bool
    ) -> Tuple[LoadStep, ...]:
        """The averaged networks are copies: they load nothing of their own."""
        return tuple(
            self.step(
                options,
                f'net_{letter}',
                self.section(letter),
                self.path_option(letter),
                str(Path(str(options.get(self.path_option(letter)))).expanduser()),
                strict_option=f'path.strict_load_{letter}',
                key_option=f'path.param_key_{letter}',
            )
            for letter in 'gd'
            if options.get(self.path_option(letter)) is not None
        )

    def optimized_networks(self, options: OptionFile) -> Tuple[str, ...]:
        return ('network_g', 'network_d') if options.has('network_d') else ('network_g',)

    def experiments_folder(self, start: Start) -> str:
        written = start.options.get('path.experiments_root')
        if isinstance(written, str):
            return os.path.join(start.working_directory, written)
        return super().experiments_folder(start)

    def facts(self, start: Start, resume: Resume) -> Tuple[PlanFact, ...]:
        found = [*_other_python(start.framework)]
        # With EMA only the averages are saved, and a resume goes on from them.
        if resume.happens and self.ema_decay(start.options) > 0:
            found.append(fact('WC552', self.ema_option))
        return (*found, *self._without_network(start))

    def _without_network(self, start: Start) -> Iterator[PlanFact]:
        for letter in 'gd':
            option, section = self.path_option(letter), self.section(letter)
            if start.options.get(option) is not None and not start.options.has(section):
                yield fact('WC554', option, option=option, section=section)

    # -- the child: import and networks --------------------------------------------------------

    def fixed_at_import(self, options: Mapping[str, Any]) -> Any:
        """Each arch file asks `net_opt` for the scale, and whether it is trained, when it is
        imported."""
        datasets = options.get('datasets')
        trains = isinstance(datasets, dict) and 'train' in datasets
        return ('scale' in options, options.get('scale'), trains)

    def before_import(self, framework: Framework, fixed: Any) -> None:
        """Import it with an option file of our own: importing neosr reads the one that
        `sys.argv` names."""
        has_scale, scale, trains = fixed
        options: Dict[str, Any] = {'name': 'rehearsal', 'datasets': {'train': {}} if trains else {}}
        if has_scale:
            options['scale'] = scale
        with option_file(_as_toml(options), 'options.toml') as path:
            sys.argv = ['train.py', '-opt', path]
            part_of(framework, 'utils.options')
        _hand_out(framework, options)

    def import_parts(self, framework: Framework) -> Parts:
        archs = part_of(framework, 'archs')
        part_of(framework, 'models')
        folder = os.path.join(framework.origin, 'archs')
        # As `build_network` does when the first network is built.
        for name in sorted(os.listdir(folder)):
            if name.endswith('_arch.py'):
                importlib.import_module(f'{framework.name}.archs.{name[:-3]}')
        registry = part_of(framework, 'utils.registry').ARCH_REGISTRY
        return Parts(framework, (archs.build_network,), registry)

    def is_network(self, attribute: str) -> bool:
        return attribute.startswith('net_')  # besides: jpeger

    # -- the child: the model ------------------------------------------------------------------

    def model_options(self, options: Dict[str, Any], plan: LoadPlan) -> Decoded:
        """neosr's own parser makes them, from these options in the place of the file's."""
        _hand_out(plan.framework, options)
        parser = part_of(plan.framework, 'utils.options')
        try:
            parsed, _ = parser.parse_options(plan.framework.root, is_train=plan.is_train)
        except (Exception, SystemExit) as error:  # whatever the parser ends with
            raise OptionsRefused('', f'{type(error).__name__}: {error}') from error
        parsed['root_path'] = plan.framework.root
        for name, section in self.network_sections(parsed).items():
            parsed[name] = NamedSection(name, section)
        paths = RecordedOptions(parsed.get('path') or {})
        parsed['path'] = paths
        return Decoded(parsed, paths)

    def model_class(self, parts: Parts, plan: LoadPlan) -> Any:
        registry = part_of(parts.framework, 'utils.registry').MODEL_REGISTRY
        try:
            return registry.get(plan.model_type)
        except KeyError as error:  # the words are neosr's
            raise OptionsRefused('model_type', f'KeyError: {error}') from error

    def load_by_hand(self, model: Any, network: Any, step: LoadStep) -> None:
        model.load_network(network, step.load_path, step.key_configured, step.strict_configured)

    def loss_builders(self, framework: Framework) -> Iterator[Builder]:
        yield part_of(framework, 'losses').build_loss

    # -- the hook ------------------------------------------------------------------------------

    def hook_points(self, framework: Framework) -> Tuple[HookPoint, ...]:
        return (HookPoint(f'{framework.name}.models.base', 'base'),)


def _as_toml(options: Dict[str, Any]) -> str:
    """The few options that an import reads; plain values are written in JSON as in TOML."""
    lines = [f'{k} = {json.dumps(v)}' for k, v in options.items() if not isinstance(v, dict)]
    return '\n'.join([*lines, '[datasets]', *(f'[datasets.{one}]' for one in options['datasets'])])


def _hand_out(framework: Framework, options: Dict[str, Any]) -> None:
    """Let neosr's parser find these options in every file that it reads."""
    sys.argv = ['train.py', '-opt', 'options.toml']
    parser = part_of(framework, 'utils.options')
    parser.toml_load = lambda _: copy.deepcopy(options)


def _other_python(framework: Framework) -> Iterator[PlanFact]:
    """train.py refuses every Python but one."""
    wanted = PYTHON.search(read(framework.root, 'train.py'))
    if wanted is not None and int(wanted.group(1)) != sys.version_info[1]:
        found = '.'.join(map(str, sys.version_info[:2]))
        yield fact('WC551', found=found, wanted=f'3.{wanted.group(1)}')
