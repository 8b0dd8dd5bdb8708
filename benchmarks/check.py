#!/usr/bin/env python3
"""What a check costs, against a plain script that imports basicsr, builds and loads.

    python benchmarks/check.py [--runs 5] [--dim 48] [--big-mib 2048]

Prints from one run: (a) the plain script, (b) the check, wall time each, medians, in turn; the
same for a network with tensors four times as large and for a pair of a GAN; time and memory of
reading the header of a large file, in a process without torch.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Dict, List

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
REPAIR = (
    'import sys, types; n = "torchvision._meta_registrations"; '
    'sys.modules[n] = types.ModuleType(n); import torchvision.transforms.functional as f; '
    'sys.modules["torchvision.transforms.functional_tensor"] = f; '
)
BUILD = (
    'import yaml; from basicsr.archs import build_network; '
    'import basicsr_weightcheck.archs.register; opt = yaml.safe_load(open("train.yml")); '
    'nets = {k[-1]: build_network(v) for k, v in opt.items() if k.startswith("network_")}; '
)
PLAIN = REPAIR + 'import basicsr; import basicsr.models; ' + BUILD + (
    'from basicsr.models.base_model import BaseModel; '
    'model = BaseModel({"num_gpu": 0, "is_train": True}); '
    '[model.load_network(net, f"{letter}.pth", True, "params") for letter, net in nets.items()]'
)  # fmt: skip
SAVE = REPAIR + BUILD + (
    'import torch; '
    '[torch.save({"params": net.state_dict()}, f"{letter}.pth") for letter, net in nets.items()]'
)  # fmt: skip
BIG = (
    'import torch, sys; n = int(sys.argv[1]); '
    'torch.save({"params": {f"body.{i}.weight": torch.zeros(n // 2000 * 262144) '
    'for i in range(2000)}}, "big.pth")'
)
HEADER = (
    'import sys, time, resource; base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; '
    't = time.perf_counter(); from basicsr_weightcheck.checkpoint.read import read_header; '
    'header = read_header("big.pth"); t = time.perf_counter() - t; '
    'assert "torch" not in sys.modules; '
    'peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; '
    'print(t, peak / 1024, (peak - base) / 1024, len(header.tables["params"].tensors))'
)
TRAIN = """
  optim_g: {type: Adam, lr: 0.0001}
  optim_d: {type: Adam, lr: 0.0001}
  scheduler: {type: MultiStepLR, milestones: [10], gamma: 0.5}
  pixel_opt: {type: L1Loss, loss_weight: 1.0, reduction: mean}
  gan_opt: {type: GANLoss, gan_type: vanilla, real_label_val: 1.0, fake_label_val: 0.0,
            loss_weight: 0.1}
  total_iter: 4
"""
OPTIONS = """name: benchmark
model_type: SRModel
num_gpu: 0
scale: 1
datasets: {{}}
network_g: {{type: Restormer, dim: {dim}}}
path: {{pretrain_network_g: g.pth, strict_load_g: true, resume_state: ~}}
train: {train}"""
# A generator and a discriminator of about 500 tensors together.
PAIR = """name: benchmark
model_type: ESRGANModel
num_gpu: 0
scale: 4
datasets: {{}}
network_g: {{type: RRDBNet, num_in_ch: 3, num_out_ch: 3, num_feat: 64, num_block: 15}}
network_d: {{type: UNetDiscriminatorSN, num_in_ch: 3, num_feat: 64}}
path: {{pretrain_network_g: g.pth, pretrain_network_d: d.pth, resume_state: ~}}
train: {train}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--dim', type=int, default=48)
    parser.add_argument('--big-mib', type=int, default=2048)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for dim in (arguments.dim, 2 * arguments.dim):
            options = OPTIONS.format(dim=dim, train=TRAIN)
            compare(folder, f'Restormer dim {dim}', options, arguments.runs)
        compare(folder, 'RRDBNet and its discriminator', PAIR.format(train=TRAIN), arguments.runs)
        measure_header(folder, arguments.big_mib, arguments.runs)


def compare(folder: str, title: str, options: str, runs: int) -> None:
    with open(os.path.join(folder, 'train.yml'), 'w', encoding='utf-8') as file:
        file.write(options)
    run(folder, '-c', SAVE)
    letters = 'gd' if 'network_d' in options else 'g'
    paths = [os.path.join(folder, f'{letter}.pth') for letter in letters]
    size = sum(map(os.path.getsize, paths)) / 2**20
    check = (os.path.join(ROOT, 'scripts', 'check_pretrain.py'), '-opt', 'train.yml', '--no-report',
             '--repair-imports', '--import', 'basicsr_weightcheck.archs.register')  # fmt: skip
    times: Dict[str, List[float]] = {'plain': [], 'check': []}
    for _ in range(runs):
        times['plain'].append(run(folder, '-c', PLAIN))
        times['check'].append(run(folder, *check))
    plain, checked = statistics.median(times['plain']), statistics.median(times['check'])
    print(f'{title}, {size:.0f} MiB, median of {runs}:')
    for name, values in (('(a) plain script', times['plain']), ('(b) check', times['check'])):
        spread = f'({min(values):.2f} to {max(values):.2f})'
        print(f'  {name:<17} {statistics.median(values):.2f} s  {spread}')
    print(f'  (b) / (a)         {checked / plain:.2f}', flush=True)


def measure_header(folder: str, mebibytes: int, runs: int) -> None:
    run(folder, '-c', BIG, str(mebibytes))
    size = os.path.getsize(os.path.join(folder, 'big.pth')) / 2**20
    rows = []
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, '-c', HEADER], cwd=folder, env=environment(), check=True,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        rows.append([float(part) for part in done.stdout.split()])
    seconds, peak, grown, tensors = (statistics.median(column) for column in zip(*rows))
    print(f'header of {size:.0f} MiB, {tensors:.0f} tensors, median of {runs}:')
    print(
        f'  {seconds:.3f} s, {peak:.0f} MiB peak, {grown:.0f} MiB of it above the bare interpreter'
    )


def run(folder: str, *arguments: str) -> float:
    """Wall seconds of one Python process."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, '-W', 'ignore', *arguments],
        cwd=folder,
        env=environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def environment() -> Dict[str, str]:
    return dict(os.environ, PYTHONPATH=ROOT)


if __name__ == '__main__':
    main()
