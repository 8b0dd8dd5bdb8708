"""A training folder with small trained networks and generated pictures.

The weights are those of scripts/make_look_weights.py.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.cli.main import main
from tests.helpers import ROOT
from tests.look.pictures import noisy_pair, small_pair, write_pairs
from tests.schemas import validate

WEIGHTS = ROOT / 'tests' / 'fixtures' / 'look'
RESTORMER = (
    '{{type: Restormer, dim: 4, num_blocks: [2, 2, 1, 1], num_refinement_blocks: 2, '
    'heads: [1, 2, 2, 4], ffn_expansion_factor: 2, attn_types: [{0}, {0}, {0}, {0}]}}'
)
RESNET = '{{type: MSRResNet, num_feat: 20, num_block: 4, upscale: {0}}}'
NAFNET = '{type: NAFNet, width: 12, middle_blk_num: 2}'
OPTIONS = """name: look
model_type: SRModel
scale: {scale}
num_gpu: 0
manual_seed: 0
datasets:
  val:
    name: generated
    type: PairedImageDataset
    dataroot_gt: {pictures}/gt
    dataroot_lq: {pictures}/lq
    io_backend: {{type: disk}}
network_g: {network}
path:
  pretrain_network_g: {weights}
  strict_load_g: {strict}
  resume_state: ~
train:
  ema_decay: 0
  optim_g: {{type: Adam, lr: 0.0001}}
  scheduler: {{type: MultiStepLR, milestones: [4], gamma: 0.5}}
  total_iter: 4
  pixel_opt: {{type: L1Loss}}
weightcheck: {{repair_imports: true}}
"""
IMPORTS = ('--import', 'basicsr_weightcheck.archs.register', '--import', 'tests.look.nafnet')


class Studio:
    """A folder with pictures (new ones: no training has seen them) and weights."""

    def __init__(self, folder: Path, capfd: Any) -> None:
        self.folder, self._capfd = folder, capfd

    def write(self, network: str, weights: str, **changes: Any) -> str:
        """Write the YAML of a training and return its name."""
        values = {'scale': 1, 'pictures': 'noisy', 'strict': 'true', **changes}
        text = OPTIONS.format(network=network, weights=weights, **values)
        (self.folder / 'train.yml').write_text(text, encoding='utf-8')
        return 'train.yml'

    def check(self, *arguments: str) -> Any:
        """The document of `check --first-look`, held against its schema."""
        look = () if '--first-look' in arguments else ('--first-look',)
        main(['check', '-opt', 'train.yml', '--format', 'json', *IMPORTS, *arguments, *look])
        document = json.loads(self._capfd.readouterr().out)
        validate(document)
        return document


def rows(document: Any) -> Dict[str, Any]:
    """{kind, or kind and name: PSNR} of the look at the first load."""
    found = document['loads'][0]['first_look']['rows']
    return {f'{row["kind"]} {row["name"]}'.strip(): row['psnr_db'] for row in found}


def codes(document: Any) -> List[str]:
    return [finding['code'] for finding in document['loads'][0]['findings']]


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Studio:
    import numpy as np

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    for path in WEIGHTS.glob('*.pth'):
        shutil.copy(path, tmp_path / path.name)
    generator = np.random.default_rng(77)
    write_pairs(tmp_path / 'noisy', [noisy_pair(generator, 64) for _ in range(2)])
    for scale in (2, 4):
        pairs = [small_pair(generator, 32, scale) for _ in range(2)]
        write_pairs(tmp_path / f'x{scale}', pairs)
    return Studio(tmp_path, capfd)
