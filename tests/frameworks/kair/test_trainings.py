"""Real trainings of KAIR on the CPU, under `run`: the right ones train, the wrong ones stop."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from tests.frameworks.kair.cases import Case, options_of
from tests.helpers import HANG_S, ROOT

# KAIR asks for 'cuda' whatever its options say, and its trainings have no end.
START = """import runpy, sys
sys.path.insert(0, {repository!r})
import torch
import models.model_base as base
from models.model_plain import ModelPlain
class OnCpu:
    def __getattr__(self, name):
        return (lambda *_: torch.device('cpu')) if name == 'device' else getattr(torch, name)
base.torch = OnCpu()
save = ModelPlain.save
def save_and_end(model, label):
    save(model, label)
    sys.exit(0)
ModelPlain.save = save_and_end
runpy.run_path({script!r}, run_name='__main__')
"""
WEIGHTS = """import sys, torch
sys.path.insert(0, {repository!r})
from models.network_msrresnet import MSRResNet0
torch.manual_seed(3)
torch.save(MSRResNet0(3, 3, 4, 1, 2, 'R', 'upconv').state_dict(), {path!r})
"""


class Workshop:
    """KAIR, and a folder for what it makes."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.repository, self.folder = repository, folder
        self.models = folder / 'task' / 'models'
        self.models.mkdir(parents=True)
        self._python(WEIGHTS.format(repository=str(repository), path=str(folder / 'w.pth')))
        from tests.frameworks.kair.truth import write_images

        write_images(str(folder / 'images'))

    def _python(self, text: str) -> None:
        subprocess.run([sys.executable, '-W', 'ignore', '-c', text], check=True, cwd=self.folder)

    def place(self, name: str, change: Callable[[Dict[str, Any]], Any] = dict) -> None:
        """A file of weights in the folder of the task."""
        import torch

        torch.save(change(torch.load(self.folder / 'w.pth')), self.models / name)

    def run(
        self, script: str = 'main_train_psnr.py', **parts: Any
    ) -> subprocess.CompletedProcess[str]:
        """Three iterations, if it comes to that."""
        train = {'checkpoint_save': 3, 'checkpoint_print': 1, **parts.pop('train', {})}
        case = Case('run', train=train, **parts)
        options = options_of(case, str(self.folder), str(self.folder / 'images'))
        path = self.folder / 'train.json'
        path.write_text(json.dumps(options, indent=1))
        start = self.folder / 'start.py'
        whole = str(self.repository / script)
        start.write_text(START.format(repository=str(self.repository), script=whole))
        return subprocess.run(
            [sys.executable, '-W', 'ignore', '-m', 'basicsr_weightcheck', 'run', str(start),
             '--opt', str(path)],
            cwd=self.repository, capture_output=True, text=True, timeout=HANG_S, check=False,
            env={**os.environ, 'PYTHONPATH': str(ROOT), 'WEIGHTCHECK_LANG': 'en'},
        )  # fmt: skip


def iterations(done: subprocess.CompletedProcess[str]) -> int:
    return len(set(re.findall(r'iter: *(\d+), lr', done.stdout + done.stderr)))


@pytest.fixture
def workshop(framework: Any, tmp_path: Path) -> Workshop:
    return Workshop(framework('KAIR'), tmp_path)


def test_good_weights_train_and_are_verified(workshop: Workshop) -> None:
    workshop.place('0_G.pth')
    workshop.place('0_E.pth', lambda table: {'params_ema': table})
    done = workshop.run(train={'E_decay': 0.9})
    assert done.returncode == 0, done.stderr[-3000:]
    assert iterations(done) == 3 and (workshop.models / '3_G.pth').exists()
    said = done.stdout + done.stderr
    assert 'netG verified, 13 of 13 tensors (100.0 % of parameters) equal to 0_G.pth' in said
    assert 'netE verified, 13 of 13 tensors (100.0 % of parameters) equal to 0_E.pth' in said
    again = workshop.run(train={'E_decay': 0.9, 'checkpoint_save': 6})
    assert again.returncode == 0 and iterations(again) == 3
    assert 'equal to 3_G.pth' in again.stdout + again.stderr


@pytest.mark.parametrize(
    'name, change, strict',
    [
        ('prefix', lambda table: {f'module.{k}': v for k, v in table.items()}, True),
        ('half', lambda table: dict(list(table.items())[:6]), False),
        ('shifted', lambda table: _shifted(table), False),
        ('tables', lambda table: {'params_ema': table}, True),
    ],
)
def test_bad_weights_stop(
    workshop: Workshop, name: str, change: Callable[[Any], Any], strict: bool
) -> None:
    """A head of the network, and two layers exchanged, load without a word in KAIR itself."""
    workshop.place('0_G.pth', change)
    done = workshop.run(train={'G_param_strict': strict})
    assert done.returncode == 1 and iterations(done) == 0, done.stdout[-2000:]
    assert 'weightcheck stops the training before its first step' in done.stderr


def _shifted(table: Dict[str, Any]) -> Dict[str, Any]:
    keys = list(table)
    one, other = 'model.1.sub.0.res.0.weight', 'model.1.sub.0.res.2.weight'
    at = {one: other, other: one}
    return {at.get(key, key): table[at.get(key, key)] for key in keys}


def test_the_option_of_main_train_vrt_is_loaded(workshop: Workshop) -> None:
    path = {'pretrained_netG': str(workshop.folder / 'w.pth'), 'pretrained_netE': None}
    train = {'total_iter': 100}
    done = workshop.run('main_train_vrt.py', model='vrt', path=path, train=train)
    assert done.returncode == 0, done.stderr[-3000:]
    assert iterations(done) == 3 and 'equal to w.pth[root]' in done.stdout + done.stderr
