#!/usr/bin/env python3
"""One small real training with the installed basicsr and basicsr-weightcheck, right and wrong.

Run by scripts/release_check.py with the Python of a training environment, in an empty folder.
Prints `what: ok` or `what: what went wrong` for each step.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any, List, Tuple

YAML = """name: {name}
model_type: SRModel
scale: 1
num_gpu: 0
manual_seed: 0
datasets:
  train:
    name: generated
    type: PairedImageDataset
    dataroot_gt: images
    dataroot_lq: images
    io_backend: {{type: disk}}
    gt_size: 32
    use_hflip: true
    use_rot: true
    num_worker_per_gpu: 0
    batch_size_per_gpu: 2
    dataset_enlarge_ratio: 1
    prefetch_mode: ~
network_g: {{type: EDSR, num_in_ch: 3, num_out_ch: 3, num_feat: 8, num_block: 2, upscale: 1}}
path: {{pretrain_network_g: {weights}, strict_load_g: {strict}, resume_state: ~}}
train:
  ema_decay: 0.999
  optim_g: {{type: Adam, lr: 0.0001}}
  scheduler: {{type: MultiStepLR, milestones: [4], gamma: 0.5}}
  total_iter: 2
  warmup_iter: -1
  pixel_opt: {{type: L1Loss, loss_weight: 1, reduction: mean}}
logger: {{print_freq: 1, save_checkpoint_freq: 100, use_tb_logger: false}}
"""


def main() -> int:
    make_images()
    say('scratch', train('scratch', '~', 'true'), 0, ['End of training'])
    weights = os.path.join('experiments', 'scratch', 'models', 'net_g_latest.pth')
    say('check-good', check('good', weights, 'true'), 0, ['"verdict": "ready"'])
    say('train-good', train('good', weights, 'true'), 0, ['verified', 'End of training'])
    prefixed = prefix(weights)
    say('check-wrong', check('wrong', prefixed, 'false'), 1, ['WC209'])
    say('train-wrong', train('wrong', prefixed, 'false'), 1, ['WC209'])
    repairs = json.loads(check('good', weights, 'true')[1])['findings']
    named = [finding for finding in repairs if finding['code'] == 'WC504']
    if is_old():
        print('no-repair: ' + ('ok' if not named else str(named)))
    return 0


def is_old() -> bool:
    """Whether basicsr 1.4.2 imports here as it is: torchvision has functional_tensor."""
    torchvision = importlib.util.find_spec('torchvision')
    folder = os.path.dirname(str(torchvision.origin)) if torchvision is not None else ''
    return os.path.isfile(os.path.join(folder, 'transforms', 'functional_tensor.py'))


def make_images() -> None:
    import cv2
    import numpy

    os.makedirs('images')
    for index in range(4):
        image = numpy.random.default_rng(index).integers(0, 256, (48, 48, 3), dtype=numpy.uint8)
        cv2.imwrite(f'images/{index}.png', image)


def prefix(weights: str) -> str:
    import torch

    table = torch.load(weights, map_location='cpu')['params']
    torch.save({'params': {f'net_g.{key}': value for key, value in table.items()}}, 'prefixed.pth')
    return 'prefixed.pth'


def write(name: str, weights: str, strict: str) -> str:
    path = f'{name}.yml'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(YAML.format(name=name, weights=weights, strict=strict))
    return path


def check(name: str, weights: str, strict: str) -> Tuple[int, str]:
    path = write(name, weights, strict)
    return tool('check', *repair(), '-opt', path, '--format', 'json', '--no-report')


def repair() -> List[str]:
    """How the training is started, and what its check is told."""
    return [] if is_old() else ['--repair-imports']


def train(name: str, weights: str, strict: str) -> Tuple[int, str]:
    # basicsr's own train.py takes the folder above itself for the experiments; here it is this one.
    with open('start.py', 'w', encoding='utf-8') as file:
        file.write('import os, basicsr.train as t; t.train_pipeline(os.getcwd())\n')
    return tool('run', *repair(), 'start.py', '-opt', write(name, weights, strict))


def tool(*words: str) -> Tuple[int, str]:
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'basicsr_weightcheck', *words],
        capture_output=True,
        text=True,
        env=dict(os.environ, WEIGHTCHECK_LANG='en'),
    )
    return done.returncode, done.stdout + ('' if words[0] == 'check' else done.stderr)


def say(what: str, done: Tuple[int, str], code: int, words: List[Any]) -> None:
    found = all(word in done[1] for word in words)
    good = done[0] == code and found
    tail = ' | '.join(done[1].strip().splitlines()[-6:])
    print(f'{what}: ' + ('ok' if good else f'exit {done[0]} {tail}'), flush=True)


if __name__ == '__main__':
    sys.exit(main())
