"""Real trainings of neosr under `run`: good weights train and are verified, bad ones stop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.frameworks.neosr import ask, cases
from tests.helpers import HANG_S, ROOT

DATA = """dataroot_gt = 'gt'
dataroot_lq = 'lq'
num_worker_per_gpu = 1
pin_memory = false"""


@pytest.fixture
def train(
    framework: Callable[[str], Path], tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Start neosr's train.py under `run`, in a folder with images and weights."""
    neosr, folder = str(framework('neosr')), str(tmp_path)
    write_images(tmp_path)
    bare = cases.bare_cases(folder)
    (plain,) = ask.answers(neosr, folder, [bare['net_g']])
    for kind in ('exact', 'generator', 'half'):
        cases.write_file(kind, plain['shapes']['net_g'], f'{folder}/{kind}.pth')

    def run(name: str, path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        case = cases.write_options(folder, name, path=path, datasets=DATA)
        start = [sys.executable, '-W', 'ignore', '-m', 'basicsr_weightcheck', 'run']
        return subprocess.run(
            [*start, f'{ROOT}/tests/frameworks/neosr/start.py', neosr, '-opt', case.toml,
             *arguments],
            cwd=folder, env=dict(os.environ, PYTHONPATH=str(ROOT)), text=True, timeout=HANG_S,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return run


def write_images(folder: Path) -> None:
    import cv2
    import numpy as np

    values = np.random.default_rng(0)
    for name, size in (('gt', 256), ('lq', 64)):
        (folder / name).mkdir()
        for number in range(4):
            image = values.integers(0, 255, (size, size, 3), dtype=np.uint8)
            cv2.imwrite(str(folder / name / f'{number}.png'), image)


def test_good_weights_train_and_are_verified(train: Any) -> None:
    done = train('good', "pretrain_network_g = 'exact.pth'")
    assert done.returncode == 0, done.stdout[-3000:]
    assert 'net_g verified, 8 of 8 tensors' in done.stdout and 'End of training' in done.stdout
    done = train('good', "pretrain_network_g = 'exact.pth'", '--auto_resume')
    assert 'equal to net_g_10.pth[params]' in done.stdout, done.stdout[-3000:]


@pytest.mark.parametrize(('kind', 'strict'), [('generator', 'false'), ('half', 'true')])
def test_bad_weights_stop_the_training(train: Any, kind: str, strict: str) -> None:
    done = train('bad', f"pretrain_network_g = '{kind}.pth'\nstrict_load_g = {strict}")
    assert done.returncode != 0 and 'Start training' not in done.stdout, done.stdout[-3000:]
    assert 'weightcheck stops the training' in done.stdout
