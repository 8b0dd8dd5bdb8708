#!/usr/bin/env python3
"""The demo: train, check, apply the recommendation, check again, train with it. All of it is real.

    make demo

Generates images, trains a small Restormer-MDTA for four iterations with BasicSR on the CPU, then
goes through the main job of this project on the HTA YAML. Writes demo_work/, experiments/ and
weightcheck_reports/ below the working directory.
"""

from __future__ import annotations

import argparse
import glob
import os
import shutil
import subprocess
import sys
from typing import List

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
WORK = 'demo_work'
MDTA = 'experiments/weightcheck_mdta/models/net_g_latest.pth'
HTA_YAML = 'options/train_restormer_hta_from_mdta.yml'
FIXED_YAML = f'{WORK}/train_restormer_hta_fixed.yml'
# What scripts/train.py does before the training, said to the check.
STARTED = ('--repair-imports', '--import', 'basicsr_weightcheck.archs.register')
CHECK = ('scripts/check_pretrain.py', *STARTED)
IMAGES, SIDE = 8, 64


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument(
        '--only-checkpoints', action='store_true', help='train and write the files, check nothing'
    )
    arguments = parser.parse_args()
    os.chdir(ROOT)
    for folder in glob.glob('experiments/weightcheck_*'):
        shutil.rmtree(folder)  # an old demo: its folders would be archived, not overwritten
    say('1  images: 8 noisy pairs of 64 x 64 pixels in demo_work/images')
    make_images(f'{WORK}/images')
    say('2  real training: Restormer-MDTA, 4 iterations on the CPU')
    expect(0, 'scripts/train.py', '-opt', 'options/train_restormer_mdta.yml', quiet=True)
    write_variants()
    if arguments.only_checkpoints:
        return 0
    say('3  check the HTA YAML against that checkpoint (exit code 1: something must change)')
    expect(1, *CHECK, '-opt', HTA_YAML, '--fixed', FIXED_YAML)
    say('4  the corrected YAML, checked again (exit code 0)')
    expect(0, *CHECK, '-opt', FIXED_YAML)
    say('5  real training with the corrected YAML')
    expect(0, 'scripts/train.py', '-opt', FIXED_YAML, quiet=True)
    say('done: the check said what happens, and it happened. Reports: weightcheck_reports/')
    return 0


def say(text: str) -> None:
    print(f'\n=== {text}', flush=True)


def make_images(folder: str) -> None:
    import cv2
    import numpy

    source = numpy.random.default_rng(0)
    for name in ('gt', 'lq'):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    for index in range(IMAGES):
        small = source.integers(0, 256, (8, 8, 3), dtype=numpy.uint8)
        clean = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        noisy = clean + source.normal(0, 25, clean.shape)
        noisy = numpy.clip(noisy, 0, 255).astype(numpy.uint8)
        cv2.imwrite(os.path.join(folder, 'gt', f'{index}.png'), clean)
        cv2.imwrite(os.path.join(folder, 'lq', f'{index}.png'), noisy)


def write_variants() -> None:
    """The trained weights as a flat file and under a foreign prefix."""
    import torch

    weights = torch.load(MDTA, map_location='cpu')['params']
    torch.save(dict(weights), f'{WORK}/mdta_flat.pth')
    prefixed = {f'net_g.{key}': value for key, value in weights.items()}
    torch.save({'params': prefixed}, f'{WORK}/mdta_prefixed.pth')


def expect(code: int, *command: str, quiet: bool = False) -> None:
    """Run a script of this clone; end the demo unless it gives exactly this exit code."""
    print('$ python ' + ' '.join(command), flush=True)
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', *command],
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
    )
    if quiet:
        print('\n'.join(_telling(done.stdout.splitlines(), done.returncode != code)), flush=True)
    if done.returncode != code:
        sys.exit(f'demo: exit code {done.returncode}, expected {code}')


def _telling(lines: List[str], failed: bool) -> List[str]:
    """The lines of a training log that say what was loaded and trained; the end after a failure."""
    if failed:
        return lines[-30:]
    words = ('Loading', ', iter:', 'End of training', 'Save the latest', 'repaired')
    return [line for line in lines if any(word in line for word in words)]


if __name__ == '__main__':
    sys.exit(main())
