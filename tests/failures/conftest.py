"""Trainings, each fixture named after what is trained; see tests/training.py for what they can do.

`basicsr` is EDSR in the installed BasicSR 1.4.2; `with_toys` any network of it, `compose`d by the
test, and those of toy_networks.py. `restormer` and `nafnet` are of the older layout, in copies that
differ in their loaders; `checkout` is such a copy, for a test to change. Files of tests have more:
`fork` in test_forks.py, `kair` in test_kair.py.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import shutil
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Sequence

import pytest

from basicsr_weightcheck.records.plans import Framework
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking import check as check_module
from basicsr_weightcheck.workflow.checking import option_trial, silent_options
from tests.agreement.legacy_layout import import_repository, write_repository
from tests.training import (
    TOYS,
    Training,
    base,
    registered_model,
    small_cleaner,
    state_of,
)

CLEANER = '{type: SmallCleaner, width: 4, middle: 2}'
NUMBERS = itertools.count()
State = Dict[str, Any]


class SharedStages:
    """Stands in for `Stage`: starting a child costs some seconds, so all checks of a framework in a
    folder ask the same one. They end with the session.
    """

    def __init__(self) -> None:
        self._stages: Dict[str, Stage] = {}

    def __call__(
        self,
        framework: Framework,
        imports: Sequence[str],
        folder: str,
        timeout_s: float,
        repair_imports: bool,
        options: Any,
        doing: Any = None,
        warm: Any = None,
    ) -> Any:
        # Plug-ins register classes of their own; the folder is the cwd of the child.
        key = f'{framework!r} {imports!r} {folder} {repair_imports}'
        if key not in self._stages:
            self._stages[key] = Stage(
                framework, imports, folder, 600.0, repair_imports=repair_imports
            )
        return contextlib.nullcontext(self._stages[key])

    def close(self) -> None:
        for stage in self._stages.values():
            stage.close()


@pytest.fixture(scope='session')
def stages() -> Iterator[SharedStages]:
    shared = SharedStages()
    yield shared
    shared.close()


@pytest.fixture(autouse=True)
def surroundings(stages: SharedStages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    monkeypatch.setattr(check_module, 'Stage', stages)
    for module in (option_trial, silent_options):
        monkeypatch.setattr(module, 'MAX_SECONDS', float('inf'))  # however busy the machine is


@pytest.fixture
def own_child(surroundings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check starts a child, as it does for users: it sees the environment of the test."""
    monkeypatch.setattr(check_module, 'Stage', Stage)


@pytest.fixture(scope='session')
def one_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For all trainings of the installed BasicSR: a child belongs to a folder."""
    return tmp_path_factory.mktemp('training')


@pytest.fixture
def basicsr(one_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Training:
    """A training of EDSR in BasicSR 1.4.2."""
    monkeypatch.chdir(emptied(one_folder))
    return Training(one_folder, capfd, base(), registered_model)


@pytest.fixture
def with_toys(one_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Training:
    """A training of BasicSR 1.4.2 that imports the toy networks too; to be composed."""
    monkeypatch.chdir(emptied(one_folder))
    text = base(scale=4).replace('imports: true}', f'imports: true, imports: [{", ".join(TOYS)}]}}')
    return Training(one_folder, capfd, text, registered_model)


@pytest.fixture(scope='session')
def weights() -> State:
    """The state dict of the network of `basicsr`."""
    return state_of('EDSR', num_in_ch=3, num_out_ch=3, num_feat=8, num_block=2, upscale=2)


class Repository:
    """A copy of basicsr in the older layout.

    Args:
        folder: for it; trainings lie below.
        without: as in `write_repository`.
        loader: changes the source of the base model.
    """

    def __init__(self, folder: Path, without: str = '', loader: Callable[[str], str] = str) -> None:
        self.folder = folder
        write_repository(str(folder), without)
        source = folder / 'basicsr' / 'models' / 'base_model.py'
        source.write_text(loader(source.read_text()))

    @functools.cached_property
    def model(self) -> Any:
        """Its model class."""
        return older_model(str(self.folder))

    def training(self, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Training:
        """A training in it; its code is imported once."""
        folder = emptied(self.folder / 'trainings')
        monkeypatch.chdir(folder)
        text = base(f'probe{next(NUMBERS)}', 'ImageCleanModel', CLEANER)
        return Training(folder, capfd, text, lambda _: self.model)


@pytest.fixture(scope='session')
def restormer_repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp('repository'))


@pytest.fixture(scope='session')
def nafnet_repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp('repository'), 'fallback ema')


@pytest.fixture
def restormer(
    restormer_repository: Repository, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> Training:
    """A training of the older layout: `param_key`, a fallback to params, net_g_ema."""
    return restormer_repository.training(monkeypatch, capfd)


@pytest.fixture
def nafnet(nafnet_repository: Repository, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Training:
    """A training of the older layout without fallback and without net_g_ema."""
    return nafnet_repository.training(monkeypatch, capfd)


@pytest.fixture(scope='session')
def cleaner() -> State:
    """The state dict of the network of `restormer` and `nafnet`."""
    return small_cleaner()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Training:
    """A training at the root of a new checkout of the older layout, for a test to change."""
    monkeypatch.chdir(write_repository(str(tmp_path), ''))
    return Training(tmp_path, capfd, base('fresh', 'ImageCleanModel', CLEANER))


def older_model(repository: str) -> Any:
    """The model class of a basicsr in the older layout; the installed one stays imported."""
    mine = {name: module for name, module in sys.modules.items() if _is_basicsr(name)}
    for name in mine:
        del sys.modules[name]
    try:
        return import_repository(repository)
    finally:
        for name in [name for name in sys.modules if _is_basicsr(name)]:
            del sys.modules[name]
        sys.modules.update(mine)


def _is_basicsr(name: str) -> bool:
    return name.split('.')[0] == 'basicsr'


def emptied(folder: Path) -> Path:
    """The folder, with nothing in it."""
    folder.mkdir(exist_ok=True)
    for child in folder.iterdir():
        if child.is_dir():
            shutil.rmtree(str(child))
        else:
            child.unlink()
    return folder
