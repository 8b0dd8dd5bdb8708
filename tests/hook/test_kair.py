"""The hook in trainings of a small imitation of KAIR, where init_train() makes the loads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, Optional

import pytest

from tests.frameworks.kair.cases import SR
from tests.helpers import ROOT
from tests.warm_child import WARM, run_python

LAYOUT = ROOT / 'tests' / 'fixtures' / 'kair_layout'

pytestmark = [pytest.mark.torch]


def train(
    folder: Path, weights: Optional[str] = None, **more: str
) -> subprocess.CompletedProcess[str]:
    options: Dict[str, Any] = {
        'task': 'task', 'model': 'plain', 'gpu_ids': [0], 'netG': SR, 'train': {'E_decay': 0},
        'path': {'root': 'out', 'pretrained_netG': weights}, 'datasets': {'train': {}},
    }  # fmt: skip
    (folder / 'train.json').write_text(json.dumps(options, indent=1))
    command = [*WARM, '-m', 'basicsr_weightcheck', 'run', 'main_train_psnr.py']
    environment = {**os.environ, 'PYTHONPATH': str(ROOT), 'WEIGHTCHECK_LANG': 'en', **more}
    return run_python([*command, '--opt', 'train.json'], folder, environment)


def test_found_weights_are_verified_and_wrong_ones_stop(tmp_path: Path) -> None:
    import torch

    folder = tmp_path / 'KAIR'
    shutil.copytree(LAYOUT, folder)
    models = folder / 'out' / 'task' / 'models'
    first = train(folder)
    assert first.returncode == 0 and 'nothing was checked' in first.stdout + first.stderr
    again = train(folder)
    assert again.returncode == 0 and 'iter: 6' in again.stdout
    assert 'netG verified, 8 of 8 tensors' in again.stdout and '3_G.pth' in again.stdout
    assert (models / '6_G.pth.weightcheck.json').exists()
    table = torch.load(models / '6_G.pth')
    torch.save({f'module.{key}': value for key, value in table.items()}, models / '9_G.pth')
    stopped = train(folder)
    assert stopped.returncode == 1 and 'iter:' not in stopped.stdout
    report = (folder / 'out' / 'task' / 'weightcheck' / 'netG.txt').read_text(encoding='utf-8')
    assert '10_G.pth' in report and 'proven: rehearsed with the change' in report


def test_an_option_that_is_never_read_stops_before_the_first_iteration(tmp_path: Path) -> None:
    """The script puts what it finds in its place, and finds nothing: no load is ever seen."""
    folder = tmp_path / 'KAIR'
    shutil.copytree(LAYOUT, folder)
    assert train(folder).returncode == 0
    models = folder / 'out' / 'task' / 'models'
    weights = folder / 'weights.pth'
    (models / '3_G.pth').rename(weights)
    stopped = train(folder, 'weights.pth')
    assert stopped.returncode == 1 and 'iter:' not in stopped.stdout
    assert 'WC541' in stopped.stderr and '0_G.pth' in stopped.stderr
    assert 'Traceback' not in stopped.stderr
    warned = train(folder, 'weights.pth', WEIGHTCHECK_ON_ERROR='warn')
    said = warned.stdout + warned.stderr
    assert warned.returncode == 0 and 'WC541' in said.split('iter:')[0] + warned.stderr
    assert 'nothing was checked' not in said
    (models / '3_G.pth').unlink()
    shutil.copy(weights, models / '0_G.pth')
    cured = train(folder, 'weights.pth')
    assert cured.returncode == 0 and 'WC541' not in cured.stdout + cured.stderr
    assert 'netG verified' in cured.stdout
