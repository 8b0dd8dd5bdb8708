"""A small BasicSR training folder: a YAML and its weights, made once for each test.

The torchvision of the tests is one that basicsr 1.4.2 cannot be imported with; the trainings of the
tests are those that are started with the repair, and their YAML says so.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import pytest

from basicsr_weightcheck.cli.main import main
from tests.schemas import validate

BASE = """name: probe
model_type: SRModel
scale: 2
num_gpu: 0
manual_seed: 0
network_g:
  type: EDSR
  num_in_ch: 3
  num_out_ch: 3
  num_feat: 8
  num_block: 2
  upscale: 2
path:
  pretrain_network_g: weights.pth
  strict_load_g: true
  resume_state: ~
train:
  ema_decay: 0
  optim_g: {type: Adam, lr: 0.0001}
  scheduler: {type: MultiStepLR, milestones: [4], gamma: 0.5}
  total_iter: 4
  pixel_opt: {type: L1Loss}
datasets: {}
weightcheck: {repair_imports: true}
"""
Run = Callable[..., Tuple[int, Any]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    (tmp_path / 'train.yml').write_text(BASE)
    return tmp_path


@pytest.fixture
def run_json(folder: Path, capfd: Any) -> Run:
    """Run the command line with --format json: (exit code, document), held against its schema."""

    def run(*arguments: str) -> Tuple[int, Any]:
        code = main(['check', '-opt', 'train.yml', '--format', 'json', *arguments])
        document = json.loads(capfd.readouterr().out)
        validate(document)
        return code, document

    return run


@pytest.fixture(scope='session')
def edsr() -> Dict[str, Any]:
    """The state dict of the network in BASE."""
    from tests.agreement.conftest import RepairedBasicsr

    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
    state: Dict[str, Any] = RepairedBasicsr().build_network(dict(section, type='EDSR')).state_dict()
    return state


def change(folder: Path, before: str, after: str) -> None:
    path = os.path.join(str(folder), 'train.yml')
    with open(path, encoding='utf-8') as file:
        text = file.read()
    assert before in text
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text.replace(before, after))
