"""The files of the guide, made from arithmetic: the same bytes on every machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from tests.helpers import ROOT
from tests.warm_child import WARM, run_python

SMALL: Dict[str, Any] = {'dim': 8, 'num_blocks': (1, 1, 1, 2), 'num_refinement_blocks': 1}
Run = Callable[..., 'subprocess.CompletedProcess[str]']


def filled(table: Dict[str, Any], step: int) -> Dict[str, Any]:
    """Every floating tensor of a table replaced by a pattern that `step` changes."""
    import torch

    made = {}
    for index, (key, value) in enumerate(table.items()):
        numbers = torch.arange(value.numel(), dtype=torch.int64) * step + index
        pattern = (numbers % 89 - 44).to(torch.float32) / 64
        made[key] = pattern.reshape(value.shape).to(value.dtype)
    return made


@pytest.fixture(scope='session')
def guide_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file that the guide names."""
    import torch

    from basicsr_weightcheck.archs.restormer_arch import Restormer

    mdta = filled(Restormer(**SMALL).state_dict(), 7)
    hta = filled(Restormer(**SMALL, attn_types=['HTA'] * 4).state_dict(), 11)
    trained = {k: v + (1e-3 if 'attn' in k else 1e-7 if 'ffn' in k else 0) for k, v in mdta.items()}
    folder = tmp_path_factory.mktemp('guide')
    experiments = folder / 'experiments'
    for name, tables in {
        'model.pth': {'params': mdta},
        'model1.pth': {'params': mdta},
        'model2.pth': {'params': trained},
        'mdta.pth': {'params': mdta},
        'hta.pth': {'params': hta},
        'pretrained_model.pth': {'params': mdta},
        'base_model.pth': {'params': mdta},
        'both.pth': {'params': trained, 'params_ema': mdta},
        'experiments/LowLight_Restormer/models/net_g_100000.pth': {'params': mdta},
        'experiments/LowLight_Restormer_HTA/models/net_g_100000.pth': {'params': hta},
        'experiments/train/models/net_g_latest.pth': {'params': trained},
        'experiments/train/models/net_g_5000.pth': {'params': trained},
        'experiments/train/models/net_g_10000.pth': {'params': mdta, 'params_ema': trained},
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(tables, str(path))
    assert experiments.is_dir()
    return folder


@pytest.fixture
def run_script(guide_files: Path) -> Run:
    """Run one of the scripts, or the package, in the folder of the guide's files."""

    def run(
        script: str, *arguments: str, lang: str = 'en', **environment: str
    ) -> subprocess.CompletedProcess[str]:
        program = [os.path.join(str(ROOT), 'scripts', script)]
        if script == 'basicsr-weightcheck':
            program = ['-m', 'basicsr_weightcheck']
        plain = {**os.environ, 'PYTHONPATH': str(ROOT), 'WEIGHTCHECK_LANG': lang}
        return run_python([*WARM, *program, *arguments], guide_files, {**plain, **environment})

    return run
