"""`run` in trainings of neosr's layout: good weights are verified, bad ones stop the start."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

from tests.frameworks.neosr.cases import write_options
from tests.helpers import ROOT
from tests.warm_child import WARM, run_python

pytestmark = [pytest.mark.torch, pytest.mark.skipif(sys.version_info < (3, 11), reason='tomllib')]
FIXTURE = ROOT / 'tests' / 'fixtures' / 'neosr_layout'
# A training asks for CUDA by name; here torch reads 'cpu'.
START = """import runpy, sys
sys.path.insert(0, '.')
from tests.frameworks.neosr.truth import cpu_for_cuda
with cpu_for_cuda():
    runpy.run_path('train.py', run_name='__main__')
"""


def train(folder: Path, *arguments: str, **parts: Any) -> subprocess.CompletedProcess[str]:
    write_options(str(folder), 'mine', **parts)
    command = [*WARM, '-m', 'basicsr_weightcheck', 'run', 'start.py', '-opt', 'mine.toml']
    done = run_python([*command, *arguments], folder, dict(os.environ, PYTHONPATH=str(ROOT)))
    done.stdout += done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    import torch

    repository = tmp_path / 'neosr'
    shutil.copytree(FIXTURE, repository)
    (repository / 'start.py').write_text(START, encoding='utf-8')
    sizes = {'first': (8, 3), 'middle.0': (8, 8), 'last': (48, 8)}
    state: Dict[str, Any] = {}
    for name, size in sizes.items():
        state[f'{name}.weight'] = torch.randn(*size, 3, 3)
        state[f'{name}.bias'] = torch.randn(size[0])
    torch.save({'params': state}, repository / 'good.pth')
    renamed = {f'generator.{key}': value for key, value in state.items()}
    torch.save({'params': renamed}, repository / 'bad.pth')
    return repository


def test_good_weights_train_and_are_verified_also_when_resumed(folder: Path) -> None:
    done = train(folder, path="pretrain_network_g = 'good.pth'")
    assert done.returncode == 0, done.stdout
    assert 'net_g verified, 6 of 6 tensors' in done.stdout and 'trained' in done.stdout
    sidecar = folder / 'experiments' / 'mine' / 'models' / 'net_g_10.pth.weightcheck.json'
    assert json.loads(sidecar.read_text())['class'] == 'neosr.archs.tiny_arch.compact'
    done = train(folder, '--auto_resume', path="pretrain_network_g = 'good.pth'")
    assert done.returncode == 0, done.stdout
    assert 'equal to net_g_10.pth[params]' in done.stdout and 'WC308' not in done.stdout


def test_weights_of_which_nothing_loads_stop_the_training(folder: Path) -> None:
    done = train(folder, path="pretrain_network_g = 'bad.pth'\nstrict_load_g = false")
    assert done.returncode != 0 and 'trained' not in done.stdout
    assert 'WC209' in done.stdout and '--strip-prefix generator.' in done.stdout
    assert 'WC510' not in done.stdout  # the conversion is tried, though no such file is there yet


def test_a_compiled_network_takes_nothing_of_a_plain_file(folder: Path) -> None:
    done = train(
        folder, path="pretrain_network_g = 'good.pth'\nstrict_load_g = false", top='compile = true'
    )
    assert done.returncode != 0 and 'trained' not in done.stdout
    assert '--add-prefix _orig_mod.' in done.stdout
