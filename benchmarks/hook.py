#!/usr/bin/env python3
"""What the hook costs: time from process start to the first step, with and without it, in turn.

    python benchmarks/hook.py [--runs 5]

Real BasicSR trainings on the CPU with checkpoints of about 100 MB and 1 GB. Also: the check alone,
the verification alone, and reading the file once from the page cache with plain reads.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Dict, List, Tuple

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.path.insert(0, ROOT)

# (name, num_feat, num_block of EDSR): 100 MB and 1 GB of float32
SIZES = (('100 MB', 256, 20), ('1 GB', 768, 24))
PREPARE = """
import sys
import basicsr_weightcheck.rehearsal.import_fixes as fixes
fixes.repair_torchvision([]); fixes.repair_functional_tensor([])
"""
SAVE = (
    PREPARE
    + """
import torch
from basicsr.archs import build_network
feat, block = int(sys.argv[1]), int(sys.argv[2])
net = build_network(dict(type='EDSR', num_in_ch=3, num_out_ch=3, num_feat=feat, num_block=block,
                         upscale=2))
torch.save({'params': net.state_dict()}, 'weights.pth')
"""
)
# Both sides run this; the timers cost nothing where the hook is not installed.
TRAIN = """import os, sys, time
import basicsr_weightcheck.rehearsal.import_fixes as fixes
fixes.repair_torchvision([]); fixes.repair_functional_tensor([])
from basicsr_weightcheck.hook import first_look, guard

def timed(place, name):
    real = getattr(place, name)
    def call(*a):
        started = time.perf_counter()
        try:
            return real(*a)
        finally:
            print(f'{name}: {time.perf_counter() - started:.4f}', flush=True)
    setattr(place, name, call)

for place, name in ((guard, '_before'), (guard, '_after'), (first_look, '_hold')):
    timed(place, name)
import torch
def first(self, *args, **kwargs):  # what optimize_parameters begins with
    print(f'first step after: {time.time() - float(os.environ["STARTED"]):.4f}', flush=True)
    os._exit(0)
torch.optim.Adam.zero_grad = first
from basicsr.train import train_pipeline
train_pipeline(os.getcwd())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('--runs', type=int, default=5)
    arguments = parser.parse_args()
    from tests.hook.conftest import OPTIONS, make_images  # the trainings of the test suite

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        from pathlib import Path

        make_images(Path('images'))
        Path('train.py').write_text(TRAIN)
        for name, feat, block in SIZES:
            run('-c', SAVE, str(feat), str(block))
            text = OPTIONS.format(
                name='bench', weights='weights.pth', strict='true', ema=0, feat=feat,
                tensorboard='false', wandb='~', extra='',
            )  # fmt: skip
            Path('train.yml').write_text(text.replace('num_block: 2', f'num_block: {block}'))
            measure(name, arguments.runs)


def measure(name: str, runs: int) -> None:
    size = os.path.getsize('weights.pth')
    sides: Dict[str, List[float]] = {'without': [], 'with': []}
    names = ('_before', '_after', '_hold', 'read', 'whole')
    parts: Dict[str, List[float]] = {name: [] for name in names}
    for _ in range(runs):
        for side, hook in (('without', ()), ('with', ('-m', 'basicsr_weightcheck', 'run'))):
            out = run(*hook, 'train.py', '-opt', 'train.yml')
            sides[side].append(found(out, 'first step after'))
            for part in parts if side == 'with' else ():
                if part.startswith('_'):
                    parts[part].append(found(out, part))
        parts['read'].append(read_once('weights.pth'))
        parts['whole'].append(read_whole('weights.pth'))
    print(f'{name} checkpoint ({size / 2**20:.0f} MiB), median of {runs} (least to most):')
    for side, values in sides.items():
        show(f'first step {side} the hook', values)
    show('check before the load', parts['_before'])
    show('verification after it', parts['_after'])
    show('again before the first step', parts['_hold'])
    show('reading the file in pieces', parts['read'])
    show('reading it whole, file.read()', parts['whole'])
    paired = [b - a for a, b in zip(sides['without'], sides['with'])]
    show('difference of the pairs', paired)


def found(out: str, label: str) -> float:
    match = re.search(rf'^{re.escape(label)}: ([\d.]+)', out, re.M)
    if match is None:
        raise SystemExit(f'{label!r} is not in the output:\n{out[-2000:]}')
    return float(match.group(1))


def read_once(path: str) -> float:
    started = time.perf_counter()
    buffer = bytearray(4 << 20)
    with open(path, 'rb', buffering=0) as file:
        while file.readinto(buffer):
            pass
    return time.perf_counter() - started


def read_whole(path: str) -> float:
    started = time.perf_counter()
    with open(path, 'rb') as file:
        file.read()
    return time.perf_counter() - started


def show(label: str, values: List[float]) -> None:
    low, high = bounds(values)
    print(f'  {label:<30} {statistics.median(values):7.3f} s ({low:.3f} to {high:.3f})', flush=True)


def bounds(values: List[float]) -> Tuple[float, float]:
    return min(values), max(values)


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', *arguments],
        env=dict(os.environ, PYTHONPATH=ROOT, STARTED=str(time.time()), WEIGHTCHECK_LANG='en'),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-3000:])
    return done.stdout


if __name__ == '__main__':
    main()
