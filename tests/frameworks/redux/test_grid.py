"""What the check says of a start, against what traiNNer-redux itself does, tensor by tensor."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Iterator

import pytest

from tests.frameworks.conftest import framework_folder
from tests.frameworks.redux.comparing import Grid

TREE = ('traiNNer', 'scripts', 'options', 'train.py', 'pyproject.toml')
MINIMUM = 120
PORTIONS = 8


def copy_tree(target: Path) -> Path:
    """A copy of the framework's tree, which a training may write into."""
    source = framework_folder('traiNNer-redux')
    target.mkdir()
    for name in TREE:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, target / name)
    return target


@pytest.fixture(scope='module')
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_tree(tmp_path_factory.mktemp('redux') / 'site')


@pytest.fixture(scope='module')
def grid(site: Path) -> Iterator[Grid]:
    made = Grid(site, 'real')
    with made.stage:
        yield made


@pytest.mark.parametrize('portion', range(PORTIONS))
def test_every_start(portion: int, grid: Grid, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(grid.truth) >= MINIMUM
    monkeypatch.chdir(grid.site)
    grid.assert_agreement(grid.truth[portion::PORTIONS])
