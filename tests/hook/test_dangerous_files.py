"""A file that would run code ends the training before torch sees it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.helpers import ROOT
from tests.warm_child import WARM, run_python

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

# torch behaves as before 2.6: what a pickle names is called.
OLD_TORCH = {'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD': '1'}
TRAIN = """
import sys, torch
import basicsr_weightcheck
from tests.agreement.conftest import RepairedBasicsr
RepairedBasicsr()
from basicsr.models.base_model import BaseModel
if sys.argv[2] == 'hook':
    basicsr_weightcheck.install()
model = BaseModel.__new__(BaseModel)
model.opt = {'name': 'x', 'network_g': {'type': 'Linear'}, 'path': {}, 'is_train': True}
model.device = torch.device('cpu')
network = torch.nn.Linear(2, 2)
model.load_network(network, sys.argv[1])
print('loaded')
"""
SAVE = """
import os, sys, torch, zipfile
class Attack:
    def __reduce__(self):
        if sys.argv[4:]:
            return zipfile.ZipFile, (sys.argv[2], 'w')  # on no list of bad names
        return os.mkdir, (sys.argv[2],)
weights = torch.nn.Linear(2, 2).state_dict()
new = sys.argv[3] == 'zip'
saved = {'params': weights, 'x': Attack()}
torch.save(saved, sys.argv[1], _use_new_zipfile_serialization=new)
"""


def _run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return run_python([*WARM, '-c', code, *words], ROOT, {**os.environ, **OLD_TORCH})


@pytest.mark.parametrize('container', ['zip', 'legacy'])
def test_the_hook_stops_before_the_code_runs(tmp_path: Path, container: str) -> None:
    path, sentinel = str(tmp_path / 'w.pth'), tmp_path / 'sentinel'
    assert _run(SAVE, path, str(sentinel), container).returncode == 0
    done = _run(TRAIN, path, 'hook')
    assert done.returncode == 1 and 'WC105 the file would run code' in done.stderr, done.stderr
    assert 'posix.mkdir' in done.stdout + done.stderr
    assert not sentinel.exists() and 'loaded' not in done.stdout


def test_without_the_hook_the_code_runs(tmp_path: Path) -> None:
    """The danger is real: the same training without the hook makes the sentinel."""
    path, sentinel = str(tmp_path / 'w.pth'), tmp_path / 'sentinel'
    _run(SAVE, path, str(sentinel), 'zip')
    assert 'loaded' in _run(TRAIN, path, 'plain').stdout
    assert sentinel.exists()


def test_the_hook_stops_before_code_that_no_list_knows(tmp_path: Path) -> None:
    path, sentinel = str(tmp_path / 'w.pth'), tmp_path / 'sentinel'
    assert _run(SAVE, path, str(sentinel), 'zip', 'unknown').returncode == 0
    done = _run(TRAIN, path, 'hook')
    assert done.returncode == 1 and 'WC105 the file would run code' in done.stderr, done.stderr
    assert 'zipfile.ZipFile' in done.stdout + done.stderr
    assert not sentinel.exists() and 'loaded' not in done.stdout
    _run(TRAIN, path, 'plain')
    assert sentinel.exists()
