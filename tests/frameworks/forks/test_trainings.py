"""Real trainings of forks on the CPU under `run`: the right weights train, the wrong ones stop.

MAN has archs/ at its root and trains with an installed basicsr; VQFR is a copy of basicsr under
another name. The option files lie outside of their repositories.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers import HANG_S, ROOT

COMMON = """name: {name}
num_gpu: 0
manual_seed: 0
datasets:
  train:
    name: generated
    type: PairedImageDataset
    dataroot_gt: gt
    dataroot_lq: {lq}
    io_backend: {{type: disk}}
    gt_size: 32
    use_hflip: true
    use_flip: true
    use_rot: false
    num_worker_per_gpu: 0
    batch_size_per_gpu: 2
    dataset_enlarge_ratio: 1
    prefetch_mode: ~
path: {{pretrain_network_g: {weights}, strict_load_g: true, resume_state: ~}}
logger: {{print_freq: 1, save_checkpoint_freq: 3, use_tb_logger: false, wandb: {{project: ~}}}}
dist_params: {{backend: gloo, port: 29500}}
"""
TRAIN = """train:
  {more}
  optim_g: {{type: Adam, lr: 0.0001, betas: [0.9, 0.99]}}
  optim_d: {{type: Adam, lr: 0.0001, betas: [0.9, 0.99]}}
  scheduler: {{type: MultiStepLR, milestones: [50], gamma: 0.5}}
  total_iter: 3
  warmup_iter: -1
  pixel_opt: {{type: L1Loss, loss_weight: 1.0, reduction: mean}}
"""
MAN = """model_type: SRModel
scale: 2
network_g: {type: MAN, scale: 2, n_resblocks: 2, n_resgroups: 1, n_feats: 12}
"""
VQGAN = """model_type: VQGANModel
scale: 1
network_g:
  type: VQGANv1
  base_channels: 32
  proj_patch_size: 2
  resolution_scale_rates: [1, 2]
  channel_multipliers: [1, 1]
  encoder_num_blocks: 1
  decoder_num_blocks: 1
  quant_level: [Level_2]
  quantizer_opt:
    Level_2: {type: L2VectorQuantizer, num_code: 16, code_dim: 32, spatial_size: [32, 32]}
network_d: {type: NLayerDiscriminator, input_nc: 3, ndf: 8, n_layers: 2}
"""
VQGAN_TRAIN = (
    'gan_start_iter: 50000\n  codebook_loss_weight: 1.0\n  r1_reg_weight: 10\n  net_d_reg_every: 16'
)
WEIGHTS = """import sys, torch, yaml
from basicsr_weightcheck.rehearsal import import_fixes
import_fixes.repair_all([])
sys.path.insert(0, {root!r})
import {module}
from {builder} import build_network
torch.manual_seed(1)
table = build_network(yaml.safe_load(open('network.yml'))['network_g']).state_dict()
torch.save({{'params': table}}, 'good.pth')
torch.save({{'params': {{'net_g.' + key: value for key, value in table.items()}}}}, 'bad.pth')
"""


class Fork(NamedTuple):
    """A repository: its training script, its options, and what imports its networks."""

    name: str
    script: str
    network: str
    train: str
    lq: str
    module: str
    builder: str


FORKS = (
    Fork('MAN', 'train.py', MAN, 'ema_decay: 0', 'lq', 'archs', 'basicsr.archs'),
    Fork('VQFR', 'vqfr/train.py', VQGAN, VQGAN_TRAIN, 'gt', 'vqfr.archs', 'vqfr.archs'),
)


@pytest.mark.parametrize('fork', FORKS, ids=[fork.name for fork in FORKS])
def test_right_weights_train_and_wrong_ones_stop(
    fork: Fork, framework: Any, tmp_path: Path
) -> None:
    original = framework(fork.name)
    root = tmp_path / 'fork' / fork.name  # what it writes lies beside its code
    shutil.copytree(original, root, ignore=shutil.ignore_patterns('.git', '*.png', '*.jpg'))
    _images(tmp_path)
    (tmp_path / 'network.yml').write_text(fork.network)
    environment = {
        **os.environ,
        'PYTHONPATH': f'{ROOT}{os.pathsep}{root}',
        'WEIGHTCHECK_LANG': 'en',
    }
    text = WEIGHTS.format(root=str(root), module=fork.module, builder=fork.builder)
    python = [sys.executable, '-W', 'ignore']
    subprocess.run([*python, '-c', text], cwd=tmp_path, env=environment, check=True)
    for name, code in (('good', 0), ('bad', 1)):
        options = COMMON.format(name=name, lq=fork.lq, weights=f'{name}.pth') + fork.network
        (tmp_path / f'{name}.yml').write_text(options + TRAIN.format(more=fork.train))
        run = ['-m', 'basicsr_weightcheck', 'run', '--repair-imports', str(root / fork.script)]
        done = subprocess.run(
            [*python, *run, '-opt', f'{name}.yml'], cwd=tmp_path, env=environment,
            capture_output=True, text=True, timeout=HANG_S, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        steps = set(re.findall(r'iter: *(\d+),', said))
        assert done.returncode == code and len(steps) == (0 if code else 3), said[-3000:]
        expected = 'net_g verified' if code == 0 else 'weightcheck stops the training before its'
        assert expected in said


def _images(folder: Path) -> None:
    import cv2
    import numpy

    source = numpy.random.default_rng(0)
    for name, size in (('gt', 64), ('lq', 32)):
        (folder / name).mkdir()
        for index in range(4):
            image = source.integers(0, 256, (size, size, 3), dtype=numpy.uint8)
            cv2.imwrite(str(folder / name / f'{index}.png'), image)
