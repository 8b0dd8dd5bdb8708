"""A training, laid out in a folder, checked by the command line, and really started.

The fixtures of tests/failures/conftest.py make one of each kind. All ask the same way: `check` runs
the command in this process and answers with its exit code, its JSON and the records behind it.
"""

from __future__ import annotations

import copy
import functools
import importlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import pytest
import yaml

from basicsr_weightcheck.archs import REGISTER
from basicsr_weightcheck.cli import check_command
from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.workflow.checking.check import check
from tests.agreement.conftest import RepairedBasicsr
from tests.agreement.real_run import RealCall, run_real_training_start
from tests.helpers import ROOT

Json = Dict[str, Any]
BASE = """name: {name}
model_type: {model}
scale: {scale}
num_gpu: 0
manual_seed: 0
network_g:{network}
path:
  pretrain_network_g: weights.pth
  strict_load_g: true
  resume_state: ~
train:
  ema_decay: 0
  optim_g: {{type: Adam, lr: 0.0001}}
  scheduler: {{type: MultiStepLR, milestones: [4], gamma: 0.5}}
  pixel_opt: {{type: L1Loss, loss_weight: 1.0, reduction: mean}}
  total_iter: 4
datasets: {{}}
weightcheck: {{repair_imports: true}}
"""
EDSR = '{type: EDSR, num_in_ch: 3, num_out_ch: 3, num_feat: 8, num_block: 2, upscale: 2}'
ADVERSARIAL = {
    'optim_d': {'type': 'Adam', 'lr': 1e-4},
    'gan_opt': {'type': 'GANLoss', 'gan_type': 'vanilla', 'loss_weight': 0.1},
}
TOYS = ('tests.failures.toy_networks', REGISTER)


def base(name: str = 'probe', model: str = 'SRModel', network: str = EDSR, scale: int = 2) -> str:
    """The text of a YAML that names `weights.pth`."""
    section = network if network.startswith('\n') else f' {network}'
    return BASE.format(name=name, model=model, network=section, scale=scale)


@functools.lru_cache(maxsize=None)
def repaired_basicsr() -> RepairedBasicsr:
    """basicsr 1.4.2, repaired, after the import of the toy networks."""
    repaired = RepairedBasicsr()
    for module in TOYS:
        importlib.import_module(module)
    return repaired


def state_of(network: str, **options: Any) -> Dict[str, Any]:
    """The state dict of a real network."""
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Deformable alignment module is not added')
        built = repaired_basicsr().build_network(dict(options, type=network))
    state: Dict[str, Any] = built.state_dict()
    return state


def small_cleaner() -> Dict[str, Any]:
    """A state dict of SmallCleaner, the network of the older layout (fixtures/legacy_layout)."""
    import torch
    from torch import nn

    state: Dict[str, Any] = {'scale': torch.ones(())}
    for name, layer in (
        ('intro', nn.Conv2d(3, 4, 3)), ('middle.0', nn.Conv2d(4, 4, 1)),
        ('middle.1', nn.Conv2d(4, 4, 1)), ('ending', nn.Conv2d(4, 3, 3)),
    ):  # fmt: skip
        state.update({f'{name}.{key}': value for key, value in layer.state_dict().items()})
    return state


def registered_model(name: str) -> Any:
    """A model class of basicsr 1.4.2."""
    repaired_basicsr()
    from basicsr.utils.registry import MODEL_REGISTRY

    return MODEL_REGISTRY.get(name)


@functools.lru_cache(maxsize=None)
def _parsed(text: str) -> Json:
    options: Json = yaml.safe_load(text)
    return options


class Said(NamedTuple):
    """What the command line ends with and prints."""

    exit_code: int
    out: str
    err: str


class Answer:
    """What a check says.

    Args:
        exit_code: of the command.
        document: its JSON.
        report: the record that the JSON was made from, for what it does not tell.
    """

    def __init__(self, exit_code: int, document: Json, report: CheckReport) -> None:
        self.exit_code, self.json, self.report = exit_code, document, report
        self.verdict: str = document['verdict']
        self.loads: List[Json] = document['loads']
        self.of_training: List[Json] = document['findings']  # of no single load
        self.recommendation: Any = document['recommendation']  # None where nothing is to be changed

    @property
    def findings(self) -> List[Json]:
        """Of the training as a whole, then of every load."""
        return [*self.of_training, *(one for load in self.loads for one in load['findings'])]

    @property
    def codes(self) -> List[str]:
        return [one['code'] for one in self.findings]

    def first(self, load: int = 0) -> str:
        """The code that stands first for a load, '' where none does."""
        return self.codes_of(load)[0] if self.loads[load]['findings'] else ''

    def codes_of(self, load: int) -> List[str]:
        return [one['code'] for one in self.loads[load]['findings']]

    @property
    def first_of_training(self) -> str:
        """The code that stands first for the training as a whole, '' where none does."""
        return str(self.of_training[0]['code']) if self.of_training else ''

    def found(self, code: str, load: Optional[int] = None) -> Json:
        """The finding of that code, of which there is one: at all, or for this load."""
        among = self.findings if load is None else self.loads[load]['findings']
        (one,) = [finding for finding in among if finding['code'] == code]
        return one

    def facts(self, code: str, load: Optional[int] = None) -> Json:
        """The parameters of that finding."""
        return dict(self.found(code, load)['parameters'])

    @property
    def edits(self) -> Dict[str, Any]:
        """{place: value written there}; a place that is left by a move is not in it."""
        changes = self.recommendation['edits'] if self.recommendation else ()
        return {edit.get('becomes', edit['option']): edit['to'] for edit in changes}

    def convert(self) -> None:
        """Run the recommended conversion as a user would."""
        (command, *_) = {
            load['recommendation']['conversion']['command']
            for load in self.loads
            if load['recommendation'] and load['recommendation']['conversion']
        }
        path = f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}'
        environment = dict(os.environ, PATH=path, PYTHONPATH=str(ROOT))
        subprocess.run(command, shell=True, check=True, env=environment, stdout=subprocess.DEVNULL)


class Training:
    """An option file and its weights in the working directory, and the framework it is for.

    Args:
        folder: the working directory.
        capfd: pytest's.
        text: of the option file.
        model_named: the real framework's model class of a name; None where the truth is asked
            otherwise.
        name: of the option file.
    """

    def __init__(
        self,
        folder: Path,
        capfd: Any,
        text: str,
        model_named: Optional[Callable[[str], Any]] = None,
        name: str = 'train.yml',
    ) -> None:
        self.folder, self.yaml = folder, folder / name
        self._capfd, self._base, self._model_named = capfd, text, model_named
        self.write(text)

    def write(self, text: str) -> None:
        self.yaml.write_text(text, encoding='utf-8')

    def change(self, before: str, after: str) -> None:
        text = self.yaml.read_text(encoding='utf-8')
        assert before in text
        self.write(text.replace(before, after))

    def compose(
        self, network: Json, path: Json, /, *, ema_decay: float = 0, **sections: Any
    ) -> None:
        """Write the YAML anew: this `network_g` and `path`, and `sections` in place or beside.

        What a discriminator needs is there.
        """
        options = copy.deepcopy(_parsed(self._base))
        options['train'].update(ADVERSARIAL, ema_decay=ema_decay)
        options.update(network_g=network, path=path, **sections)
        self.write(yaml.safe_dump(options, sort_keys=False))

    def save(self, content: Any, name: str = 'weights.pth', **options: Any) -> str:
        """Write a file below the folder, and return its whole path."""
        import torch

        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, str(target), **options)
        return str(target)

    def prints(self, *arguments: str, path: str = '') -> Said:
        """What `check` prints, of this YAML if no other is named."""
        self._capfd.readouterr()  # what the framework printed in this process
        words = ['check', '-opt', path or os.path.relpath(self.yaml, self.folder), *arguments]
        return Said(main(words), *self._capfd.readouterr())

    def document(self, *arguments: str, path: str = '') -> Tuple[int, Json]:
        """The exit code and the JSON; no reports are written."""
        said = self.prints('--format', 'json', '--no-report', *arguments, path=path)
        return said.exit_code, json.loads(said.out)

    def check(self, *arguments: str) -> Answer:
        """What is said of the training."""
        reports: List[CheckReport] = []

        def kept(*asked: Any, **how: Any) -> CheckReport:
            reports.append(check(*asked, **how))
            return reports[0]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(check_command, 'check', kept)
            exit_code, document = self.document(*arguments)
        assert reports, document
        return Answer(exit_code, document, reports[0])

    def cured(self, *arguments: str) -> Answer:
        """A check that says "change", whose edits are proven and now applied."""
        answer = self.check('--apply', *arguments)
        assert answer.exit_code == 1, answer.codes
        assert answer.recommendation['proof']['loads'] is True
        return answer

    def refused(self, *arguments: str, path: str = '', exit_code: int = 2) -> Json:
        """Why there is no check."""
        found, document = self.document(*arguments, path=path)
        expected = exit_code, 'basicsr-weightcheck.error/1'
        assert (found, document['format']) == expected, document
        return document

    @property
    def experiment(self) -> Path:
        """Where the training of `name:` keeps its files."""
        return self.folder / 'experiments' / str(read_options('train.yml').get('name'))

    def options(self) -> Dict[str, Any]:
        """The options as the framework's own parser completes them."""
        options: Dict[str, Any] = dict(read_options('train.yml').data)
        options.update(is_train=True, dist=False, rank=0, world_size=1, auto_resume=False)
        return options

    @property
    def model_class(self) -> Any:
        """The real class of `model_type`."""
        return self._class_of(self.options())

    def _class_of(self, options: Dict[str, Any]) -> Any:
        assert self._model_named is not None
        return self._model_named(options['model_type'])

    def network(self) -> Any:
        """The real network of the YAML, with random weights."""
        return repaired_basicsr().build_network(dict(self.options()['network_g']))

    def model(self) -> Any:
        """The real model of the YAML."""
        options = self.options()
        return self._class_of(options)(options)

    def really_load(self) -> List[RealCall]:
        """The load calls of the real model's constructor, with real tensors."""
        options = self.options()
        return run_real_training_start(self._class_of(options), options)
