"""Real trainings of BasicSR 1.4.2 on the CPU: generated images, a small EDSR, four iterations."""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from tests.helpers import ROOT, free_port
from tests.warm_child import WARM, run_python

OPTIONS = """name: {name}
model_type: SRModel
scale: 2
num_gpu: 0
manual_seed: 0
{extra}
datasets:
  train:
    name: generated
    type: PairedImageDataset
    dataroot_gt: images/gt
    dataroot_lq: images/lq
    io_backend: {{type: disk}}
    gt_size: 32
    use_hflip: true
    use_rot: true
    num_worker_per_gpu: 0
    batch_size_per_gpu: 2
    dataset_enlarge_ratio: 1
    prefetch_mode: ~
network_g: {{type: EDSR, num_in_ch: 3, num_out_ch: 3, num_feat: {feat}, num_block: 2, upscale: 2}}
path:
  pretrain_network_g: {weights}
  strict_load_g: {strict}
  resume_state: ~
train:
  ema_decay: {ema}
  optim_g: {{type: Adam, lr: 0.0001}}
  scheduler: {{type: MultiStepLR, milestones: [4], gamma: 0.5}}
  total_iter: 4
  warmup_iter: -1
  pixel_opt: {{type: L1Loss, loss_weight: 1, reduction: mean}}
logger:
  print_freq: 1
  save_checkpoint_freq: 4
  use_tb_logger: {tensorboard}
  wandb: {{project: {wandb}}}
dist_params: {{backend: gloo, port: 29500}}
"""
# What a user's own training script looks like on a torchvision that basicsr 1.4.2 does not know.
SCRIPT = """import os, sys, types
import torch.distributed
name = 'torchvision._meta_registrations'
sys.modules[name] = types.ModuleType(name)
import torchvision.transforms.functional as functional
sys.modules['torchvision.transforms.functional_tensor'] = functional
{first}
from basicsr.train import train_pipeline
if __name__ == '__main__':
    train_pipeline(os.getcwd())
"""


class Workshop:
    """A folder with images, weights and a training script."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def options(self, name: str, **changes: Any) -> str:
        """Write a YAML and return its name."""
        values: Dict[str, Any] = {
            'name': name, 'weights': 'good.pth', 'strict': 'true', 'ema': 0, 'feat': 8,
            'tensorboard': 'false', 'wandb': '~', 'extra': '', **changes,
        }  # fmt: skip
        (self.folder / f'{name}.yml').write_text(OPTIONS.format(**values), encoding='utf-8')
        return f'{name}.yml'

    def train(self, options: str, *more: str, hook: bool = True, **environment: str) -> Result:
        """Run the training to its end, with or without the hook."""
        command = [*WARM]
        command += ['-m', 'basicsr_weightcheck', 'run'] if hook else []
        return self.run([*command, 'train.py', '-opt', options, *more], **environment)

    def run(self, command: List[str], **environment: str) -> Result:
        done = run_python(command, self.folder, self.environment(**environment))
        return Result(self.folder, done)

    def train_in_group(self, script: str, options: str, size: int = 2) -> List[Result]:
        """The same training in every process of a group, as `torchrun` would start each.

        Nobody ends those that are left when one ends: each has to do so by itself.
        """
        words = ['-m', 'basicsr_weightcheck', 'run', script, '-opt', options]
        group = {'WORLD_SIZE': str(size), 'LOCAL_WORLD_SIZE': str(size),
                 'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': str(free_port())}  # fmt: skip

        def member(rank: int) -> Result:
            place = {'RANK': str(rank), 'LOCAL_RANK': str(rank), **group}
            return self.run([*WARM, *words, '--launcher', 'pytorch'], **place)

        with ThreadPoolExecutor(size) as pool:
            return list(pool.map(member, range(size)))

    def environment(self, **more: str) -> Dict[str, str]:
        return {**os.environ, 'PYTHONPATH': str(ROOT), 'WEIGHTCHECK_LANG': 'en', **more}


class Result:
    """What a training left behind."""

    def __init__(self, folder: Path, done: subprocess.CompletedProcess[str]) -> None:
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.text = done.stdout + done.stderr
        self._folder = folder

    @property
    def lines(self) -> List[str]:
        """What the hook said in the training's log, each line once."""
        found = re.findall(r'(?:INFO|WARNING|ERROR): weightcheck: (.*)', self.text)
        return list(dict.fromkeys(found))

    @property
    def losses(self) -> List[str]:
        return re.findall(r'iter: *(\d+).*l_pix: (\S+)', self.text)

    def report(self, name: str, network: str = 'net_g.txt') -> Optional[str]:
        path = self._folder / 'experiments' / name / 'weightcheck' / network
        return path.read_text(encoding='utf-8') if path.exists() else None


def make_images(folder: Path) -> None:
    import cv2
    import numpy

    source = numpy.random.default_rng(0)
    for name in ('gt', 'lq'):
        (folder / name).mkdir(parents=True)
    for index in range(4):
        image = source.integers(0, 256, (64, 64, 3), dtype=numpy.uint8)
        cv2.imwrite(str(folder / 'gt' / f'{index}.png'), image)
        cv2.imwrite(str(folder / 'lq' / f'{index}.png'), cv2.resize(image, (32, 32)))


@pytest.fixture(scope='session')
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp('training')
    make_workshop(folder)
    return Workshop(folder)


def make_workshop(folder: Path) -> None:
    """Images, training scripts and weights, good and bad, in a folder."""
    import torch

    from tests.agreement.conftest import RepairedBasicsr

    make_images(folder / 'images')
    (folder / 'train.py').write_text(SCRIPT.format(first=''))
    (folder / 'train_own.py').write_text(
        SCRIPT.format(first='import basicsr_weightcheck; basicsr_weightcheck.install()')
    )
    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
    torch.manual_seed(1)
    table = RepairedBasicsr().build_network(dict(section, type='EDSR')).state_dict()
    torch.save({'params': table}, str(folder / 'good.pth'))
    torch.save({'params': {f'net_g.{k}': v for k, v in table.items()}}, str(folder / 'prefix.pth'))
    part = {k: v for k, v in table.items() if 'body.0.conv1' not in k}
    torch.save({'params': part}, str(folder / 'part.pth'))
