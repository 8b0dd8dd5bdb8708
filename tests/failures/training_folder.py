"""The world of the fixtures `training`, `restormer` and `nafnet`: the command line, and the truth.

Every check of one framework asks the same child process: starting one costs some seconds. So its
trainings share one folder too, which is emptied before each: torch.load opens relative paths there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.records.plans import Framework
from basicsr_weightcheck.rehearsal.stage import Stage
from tests.agreement.legacy_layout import import_repository
from tests.agreement.real_run import RealCall, run_real_training_start
from tests.helpers import ROOT

BASE = """name: {name}
model_type: {model}
scale: 2
num_gpu: 0
manual_seed: 0
network_g: {network}
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
CLEANER = '{type: SmallCleaner, width: 4, middle: 2}'


class SharedStages:
    """Stands in for `Stage`: one child for each framework and folder, ended with the session."""

    def __init__(self) -> None:
        self._stages: Dict[str, Stage] = {}

    def __call__(
        self,
        framework: Framework,
        imports: Sequence[str],
        folder: str,
        timeout_s: float,
        repair_imports: bool,
        options: Any,
        doing: Any = None,
        warm: Any = None,
    ) -> Any:
        # Plug-ins register classes of their own; the folder is the cwd of the child.
        key = f'{framework!r} {imports!r} {folder} {repair_imports}'
        if key not in self._stages:
            self._stages[key] = Stage(
                framework, imports, folder, 600.0, repair_imports=repair_imports
            )
        return _kept(self._stages[key])

    def close(self) -> None:
        for stage in self._stages.values():
            stage.close()


@contextmanager
def _kept(stage: Stage) -> Iterator[Stage]:
    yield stage


class TrainingFolder:
    """A YAML and its weights in the working directory, and the model that a training builds.

    Args:
        folder: of the YAML; the working directory.
        capfd: pytest's.
        model_class: of the real framework.
        text: of the YAML.
    """

    def __init__(self, folder: Path, capfd: Any, model_class: Any, text: str) -> None:
        self.folder, self._capfd, self.model_class = folder, capfd, model_class
        self.yaml = folder / 'train.yml'
        self.write(text)

    @property
    def experiment(self) -> Path:
        """Where the training of `name:` keeps its files."""
        return self.folder / 'experiments' / str(read_options('train.yml').get('name'))

    def write(self, text: str) -> None:
        self.yaml.write_text(text, encoding='utf-8')

    def change(self, before: str, after: str) -> None:
        text = self.yaml.read_text(encoding='utf-8')
        assert before in text
        self.write(text.replace(before, after))

    def save(self, content: Any, name: str = 'weights.pth', **options: Any) -> None:
        import torch

        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, str(target), **options)

    def check(self, *arguments: str) -> Tuple[int, Any]:
        """The command line with --format json: (exit code, document)."""
        self._capfd.readouterr()  # what the framework printed in this process
        code = main(['check', '-opt', 'train.yml', '--format', 'json', '--no-report', *arguments])
        return code, json.loads(self._capfd.readouterr().out)

    def printed(self) -> str:
        """What was printed since this was asked last."""
        return str(self._capfd.readouterr().out)

    def cured(self, *arguments: str) -> Any:
        """The document of a check that says "change", whose edits are proven and now applied."""
        code, document = self.check('--apply', *arguments)
        assert code == 1, document
        assert document['recommendation']['proof']['loads'] is True
        return document

    def options(self) -> Dict[str, Any]:
        """The options as the framework's own parser completes them."""
        options: Dict[str, Any] = dict(read_options('train.yml').data)
        options.update(is_train=True, dist=False, rank=0, world_size=1, auto_resume=False)
        return options

    def really_load(self) -> List[RealCall]:
        """The load calls of the real model's constructor, with real tensors."""
        return run_real_training_start(self.model_class, self.options())

    def model(self) -> Any:
        """The real model of the YAML."""
        return self.model_class(self.options())


def older_model(repository: str) -> Any:
    """The model class of a basicsr in the older layout; the installed one stays imported."""
    mine = {name: module for name, module in sys.modules.items() if _is_basicsr(name)}
    for name in mine:
        del sys.modules[name]
    try:
        return import_repository(repository)
    finally:
        for name in [name for name in sys.modules if _is_basicsr(name)]:
            del sys.modules[name]
        sys.modules.update(mine)


def _is_basicsr(name: str) -> bool:
    return name.split('.')[0] == 'basicsr'


def first(document: Any, load: int = 0) -> str:
    """The code that stands first for a load."""
    findings = document['loads'][load]['findings']
    return str(findings[0]['code']) if findings else ''


def first_of_training(document: Any) -> str:
    """The code that stands first for the training as a whole."""
    return str(document['findings'][0]['code']) if document['findings'] else ''


def codes(document: Any) -> List[str]:
    findings = document['findings'] + [f for load in document['loads'] for f in load['findings']]
    return [str(finding['code']) for finding in findings]


def edits(document: Any) -> Dict[str, Any]:
    """{place: value written there}; a place that is left by a move is not in it."""
    advice = document['recommendation']
    changes = advice['edits'] if advice else ()
    return {edit.get('becomes', edit['option']): edit['to'] for edit in changes}


def convert(document: Any) -> None:
    """Run the recommended conversion as a user would."""
    (command, *_) = {
        load['recommendation']['conversion']['command']
        for load in document['loads']
        if load['recommendation'] and load['recommendation']['conversion']
    }
    environment = dict(os.environ, PATH=f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}')
    environment['PYTHONPATH'] = str(ROOT)
    subprocess.run(command, shell=True, check=True, env=environment, stdout=subprocess.DEVNULL)


def emptied(folder: Path) -> Path:
    """The folder, with nothing in it."""
    folder.mkdir(exist_ok=True)
    for child in folder.iterdir():
        if child.is_dir():
            shutil.rmtree(str(child))
        else:
            child.unlink()
    return folder
