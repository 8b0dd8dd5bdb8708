"""Every fixture of these tests, by what it is.

`training` is one of BasicSR 1.4.2, `restormer` and `nafnet` are of the older layout: all three are
checked by the command line (training_folder.py). `bench` is a training of whatever network a test
names, checked by the library's own call (workbench.py).
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

from basicsr_weightcheck.workflow.checking import check as check_module
from basicsr_weightcheck.workflow.checking import option_trial, silent_options
from tests.agreement.conftest import RepairedBasicsr
from tests.agreement.legacy_layout import write_repository
from tests.failures.training_folder import (
    BASE,
    CLEANER,
    EDSR,
    SharedStages,
    TrainingFolder,
    emptied,
    older_model,
)
from tests.failures.workbench import Bench

NUMBERS = itertools.count()


@pytest.fixture(scope='session')
def stages() -> Iterator[SharedStages]:
    shared = SharedStages()
    yield shared
    shared.close()


@pytest.fixture(autouse=True)
def surroundings(stages: SharedStages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    monkeypatch.setattr(check_module, 'Stage', stages)


@pytest.fixture(scope='session')
def basicsr() -> RepairedBasicsr:
    return RepairedBasicsr()


@pytest.fixture(scope='session')
def training_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp('training')


@pytest.fixture
def training(
    training_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any, basicsr: RepairedBasicsr
) -> TrainingFolder:
    """A training of BasicSR 1.4.2."""
    monkeypatch.chdir(emptied(training_folder))
    text = BASE.format(name='probe', model='SRModel', network=EDSR)
    return TrainingFolder(training_folder, capfd, basicsr.sr_model, text)


@pytest.fixture(scope='session')
def weights(basicsr: RepairedBasicsr) -> Dict[str, Any]:
    """The state dict of the network of `training`."""
    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
    state: Dict[str, Any] = basicsr.build_network(dict(section, type='EDSR')).state_dict()
    return state


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Any network of BasicSR 1.4.2, checked without the command line."""
    monkeypatch.chdir(tmp_path)
    for module in (option_trial, silent_options):
        monkeypatch.setattr(module, 'MAX_SECONDS', float('inf'))  # however busy the machine is
    return Bench(tmp_path)


def _older(without: str, factory: pytest.TempPathFactory) -> Dict[str, Any]:
    folder = factory.mktemp('repository')
    write_repository(str(folder), without)
    return {'folder': folder, 'model': older_model(str(folder))}


@pytest.fixture(scope='session')
def restormer_repository(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Any]:
    return _older('', tmp_path_factory)


@pytest.fixture(scope='session')
def nafnet_repository(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Any]:
    return _older('fallback ema', tmp_path_factory)


def _start(repository: Dict[str, Any], monkeypatch: Any, capfd: Any) -> TrainingFolder:
    folder = emptied(repository['folder'] / 'trainings')
    monkeypatch.chdir(folder)
    text = BASE.format(name=f'probe{next(NUMBERS)}', model='ImageCleanModel', network=CLEANER)
    return TrainingFolder(folder, capfd, repository['model'], text)


@pytest.fixture
def restormer(
    restormer_repository: Dict[str, Any], monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> TrainingFolder:
    """A training of the older layout: `param_key`, a fallback to params, net_g_ema."""
    return _start(restormer_repository, monkeypatch, capfd)


@pytest.fixture
def nafnet(
    nafnet_repository: Dict[str, Any], monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> TrainingFolder:
    """A training of the older layout without fallback and without net_g_ema."""
    return _start(nafnet_repository, monkeypatch, capfd)


@pytest.fixture(scope='session')
def cleaner() -> Dict[str, Any]:
    """The state dict of the network of `restormer` and `nafnet`."""
    import torch
    from torch import nn

    state: Dict[str, Any] = {'scale': torch.ones(())}
    for name, layer in (
        ('intro', nn.Conv2d(3, 4, 3)), ('middle.0', nn.Conv2d(4, 4, 1)),
        ('middle.1', nn.Conv2d(4, 4, 1)), ('ending', nn.Conv2d(4, 3, 3)),
    ):  # fmt: skip
        state.update({f'{name}.{key}': value for key, value in layer.state_dict().items()})
    return state
