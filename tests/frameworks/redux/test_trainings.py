"""Real trainings of traiNNer-redux on the CPU under `run`: good ones train and are verified."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest
import yaml

from tests.frameworks.conftest import HANG_S
from tests.frameworks.redux.cases import NETWORKS
from tests.frameworks.redux.test_grid import copy_tree
from tests.helpers import ROOT

# What train.py asks of CUDA itself is answered; the models, loads and saves are as they are.
START = """import os
import sys

import torch

asked = torch.cuda.is_available
torch.cuda.is_available = lambda: sys._getframe(1).f_code.co_name == 'train_pipeline' or asked()
torch.cuda.set_per_process_memory_fraction = lambda fraction, device=None: None
import train

train.get_env_info = lambda: 'no GPU'
if __name__ == '__main__':
    train.train_pipeline(os.path.dirname(os.path.abspath(__file__)))
"""
FILES = """import os
import cv2, numpy, torch
from safetensors.torch import save_file
from traiNNer.archs import build_network
for name, size in (('gt', 64), ('lq', 32)):
    os.makedirs(f'images/{name}', exist_ok=True)
    for number in range(8):
        values = numpy.random.default_rng(number).integers(0, 255, (size, size, 3))
        cv2.imwrite(f'images/{name}/{number}.png', values.astype(numpy.uint8))
for name, section in NETWORKS.items():
    scale = {} if 'disc' in name else {'scale': 2}
    state = build_network({**section, **scale}).state_dict()
    save_file(state, f'{name}.safetensors')
    torch.save({'params': state, 'params_ema': state}, f'{name}.pth')
    other = {f'generator.{key}': value for key, value in state.items()}
    save_file(other, f'{name}-other.safetensors')
"""
USED = ('compact', 'esrgan', 'unetdiscriminatorsn')


@pytest.fixture(scope='module')
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_tree(tmp_path_factory.mktemp('redux') / 'site')
    (folder / 'train_on_cpu.py').write_text(START)
    networks = {name: NETWORKS['real'][name] for name in USED}
    make = f'NETWORKS = {networks!r}\n{FILES}'
    subprocess.run([sys.executable, '-W', 'ignore', '-c', make], cwd=folder, check=True)
    return folder


def _options(name: str, path: Dict[str, Any], network: str = 'compact') -> Dict[str, Any]:
    return {
        'name': name,
        'scale': 2,
        'num_gpu': 0,
        'manual_seed': 1,
        'datasets': {
            'train': {
                'name': 'generated',
                'type': 'pairedimagedataset',
                'dataroot_gt': 'images/gt',
                'dataroot_lq': 'images/lq',
                'lq_size': 16,
                'batch_size_per_gpu': 2,
                'num_worker_per_gpu': 0,
                'persistent_workers': False,
                'prefetch_factor': None,
                'pin_memory': False,
                'dataset_enlarge_ratio': 1,
            }
        },
        'network_g': NETWORKS['real'][network],
        'path': path,
        'train': {
            'ema_decay': 0.999,
            'total_iter': 4,
            'optim_g': {'type': 'AdamW', 'lr': 0.0001},
            'losses': [{'type': 'l1loss', 'loss_weight': 1.0}],
        },
        'logger': {'print_freq': 1, 'save_checkpoint_freq': 2, 'use_tb_logger': False},
    }


def _train(site: Path, options: Dict[str, Any], *more: str) -> subprocess.CompletedProcess[str]:
    (site / f'{options["name"]}.yml').write_text(yaml.safe_dump(options, sort_keys=False))
    command = [sys.executable, '-W', 'ignore', '-m', 'basicsr_weightcheck', 'run']
    return subprocess.run(
        [*command, 'train_on_cpu.py', '-opt', f'{options["name"]}.yml', *more],
        cwd=site, env=_environment(), capture_output=True, text=True, timeout=HANG_S, check=False,
    )  # fmt: skip


def _environment() -> Dict[str, str]:
    more = {'CUDA_VISIBLE_DEVICES': '', 'PYTHONPATH': str(ROOT), 'WEIGHTCHECK_LANG': 'en'}
    return {**os.environ, **more, 'COLUMNS': '400'}


def _said(done: subprocess.CompletedProcess[str]) -> str:
    return ' '.join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    ('network', 'file'),
    [('compact', 'compact.safetensors'), ('compact', 'compact.pth'), ('esrgan', 'esrgan.pth')],
)
def test_a_good_start_is_verified_and_trains(network: str, file: str, site: Path) -> None:
    name = f'good-{file}'
    done = _train(site, _options(name, {'pretrain_network_g': file}, network))
    said = _said(done)
    assert done.returncode == 0 and 'net_g verified' in said, said[-3000:]
    assert 'Model SRModel is created' in said and 'End of training' in said
    experiment = site / 'experiments' / name
    assert (experiment / 'models' / 'net_g_ema_4.safetensors').is_file()
    log = next(experiment.glob('train_*.log')).read_text(encoding='utf-8')
    assert 'weightcheck: net_g verified' in log, log[-2000:]


def test_a_discriminator_and_a_resume(site: Path) -> None:
    options = _options(
        'gan',
        {'pretrain_network_g': 'compact.pth', 'pretrain_network_d': 'unetdiscriminatorsn.pth'},
    )
    options['network_d'] = NETWORKS['real']['unetdiscriminatorsn']
    options['train']['optim_d'] = dict(options['train']['optim_g'])
    gan = {'type': 'ganloss', 'gan_type': 'vanilla', 'loss_weight': 0.1}
    options['train']['losses'].append(gan)
    said = _said(_train(site, options))
    assert 'net_g verified' in said and 'net_d verified' in said and 'End of training' in said
    options['train']['total_iter'] = 6
    said = _said(_train(site, options, '--auto_resume'))
    assert 'Resuming training' in said and 'End of training' in said, said[-3000:]
    for network in ('net_g', 'net_g_ema', 'net_d'):
        assert f'{network} verified' in said, (network, said[-6000:])


def test_one_line_in_the_script_and_a_corrected_yaml(site: Path) -> None:
    """`install()` watches the plain script; `--apply` writes what it then loads."""
    line = 'import basicsr_weightcheck\n\nbasicsr_weightcheck.install()\n'
    (site / 'guarded.py').write_text(START.replace('import torch\n', line + 'import torch\n'))
    path = {'pretrain_network_g_path': 'compact.safetensors'}
    options = _options('applied', path)
    (site / 'applied.yml').write_text(yaml.safe_dump(options, sort_keys=False))
    environment = _environment()
    check = [sys.executable, '-W', 'ignore', '-m', 'basicsr_weightcheck', 'check']
    subprocess.run(
        [*check, '-opt', 'applied.yml', '--apply', '--no-report'],
        cwd=site, env=environment, timeout=HANG_S, check=False,
    )  # fmt: skip
    written = yaml.safe_load((site / 'applied.yml').read_text())
    assert written['path'] == {'pretrain_network_g': 'compact.safetensors'}
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', 'guarded.py', '-opt', 'applied.yml'],
        cwd=site, env=environment, capture_output=True, text=True, timeout=HANG_S, check=False,
    )  # fmt: skip
    said = _said(done)
    assert done.returncode == 0 and 'net_g verified' in said, said[-3000:]
    assert 'End of training' in said


@pytest.mark.parametrize('strict', [True, False])
@pytest.mark.parametrize('network', ['compact', 'esrgan'])
def test_a_bad_start_stops(network: str, strict: bool, site: Path) -> None:
    path = {'pretrain_network_g': f'{network}-other.safetensors', 'strict_load_g': strict}
    done = _train(site, _options(f'bad-{network}-{strict}', path, network))
    said = _said(done)
    assert done.returncode == 1 and 'stops the training' in said, said[-3000:]
    assert 'Model SRModel is created' not in said
