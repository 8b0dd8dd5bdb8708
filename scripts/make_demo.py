#!/usr/bin/env python3
"""The demo: train, check, apply the recommendation, check again, train with it. All of it is real.

    make demo

Generates images, trains a small Restormer-MDTA for four iterations with BasicSR on the CPU, then
goes through the main job of this project on the HTA YAML. Writes demo_work/, experiments/ and
weightcheck_reports/ below the clone, and leaves every file there that README.md and docs/ name, so
that their commands run as they are printed (tests/docs holds this).
"""

from __future__ import annotations

import argparse
import glob
import importlib
import os
import shutil
import subprocess
import sys
from typing import Any, Dict, List

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.path.insert(0, ROOT)
MDTA = 'experiments/weightcheck_mdta/models/net_g_latest.pth'
HTA_YAML = 'options/train_restormer_hta_from_mdta.yml'
FIXED_YAML = 'demo_work/train_restormer_hta_fixed.yml'
# What scripts/train.py does before the training, said to the check.
STARTED = ('--repair-imports', '--import', 'basicsr_weightcheck.archs.register')
CHECK = ('scripts/check_pretrain.py', *STARTED)
IMAGES, SIDE = 8, 64


def main() -> int:
    argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0]).parse_args()
    os.chdir(ROOT)
    for folder in glob.glob('experiments/weightcheck_*'):
        shutil.rmtree(folder)  # an old demo: its folders would be archived, not overwritten
    say('1  images: 8 noisy pairs of 64 x 64 pixels in demo_work/images')
    make_images('demo_work/images')
    say('2  real training: Restormer-MDTA, 4 iterations on the CPU')
    expect(0, 'scripts/train.py', '-opt', 'options/train_restormer_mdta.yml', quiet=True)
    write_files()
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
    for name in ('gt', 'lq', 'lq_x2'):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    for index in range(IMAGES):
        small = source.integers(0, 256, (8, 8, 3), dtype=numpy.uint8)
        clean = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        noisy = clean + source.normal(0, 25, clean.shape)
        noisy = numpy.clip(noisy, 0, 255).astype(numpy.uint8)
        half = cv2.resize(clean, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA)
        for name, image in (('gt', clean), ('lq', noisy), ('lq_x2', half)):
            cv2.imwrite(os.path.join(folder, name, f'{index}.png'), image)


def write_files() -> None:
    """The trained weights in the forms in which others save them, and what the pages compare."""
    import torch

    torch.manual_seed(0)
    mdta = torch.load(MDTA, map_location='cpu')['params']
    tuned = {key: value + (1e-3 if 'attn' in key else 0) for key, value in mdta.items()}
    hta = network_of(HTA_YAML)
    hta.load_state_dict(mdta, strict=False)
    files: Dict[str, Any] = {
        'demo_work/mdta.pth': {'params': mdta},
        'demo_work/hta.pth': {'params': hta.state_dict()},
        'demo_work/edsr.pth': {'params': network_of('options/train_edsr.yml').state_dict()},
        'demo_work/mdta_flat.pth': dict(mdta),
        'demo_work/mdta_prefixed.pth': {'params': {f'net_g.{key}': mdta[key] for key in mdta}},
        'demo_work/mdta_parallel.pth': {f'module.{key}': mdta[key] for key in mdta},
        'experiments/weightcheck_ema/models/net_g_5000.pth': {'params': mdta, 'params_ema': tuned},
    }
    for name, content in files.items():
        os.makedirs(os.path.dirname(name), exist_ok=True)
        torch.save(content, name)
    with open(MDTA, 'rb') as whole, open('demo_work/mdta_cut.pth', 'wb') as cut:
        cut.write(whole.read()[: os.path.getsize(MDTA) // 2])


def network_of(path: str) -> Any:
    """The network of a YAML, built as BasicSR builds it."""
    import yaml

    from basicsr_weightcheck.archs import REGISTER
    from basicsr_weightcheck.rehearsal import import_fixes

    import_fixes.repair_all([])
    importlib.import_module(REGISTER)
    with open(path, encoding='utf-8') as file:
        options = yaml.safe_load(file)['network_g']
    return importlib.import_module('basicsr.archs').build_network(options)


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
