"""traiNNer-redux: the small imitation of its layout, started for real and by the check."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Iterator

import pytest

from tests.frameworks.redux.comparing import Grid
from tests.helpers import ROOT

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

PORTIONS = 4
MINIMUM = 200


@pytest.fixture(scope='module')
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('redux') / 'site'
    return Path(shutil.copytree(ROOT / 'tests' / 'fixtures' / 'redux_layout', folder))


@pytest.fixture(scope='module')
def grid(site: Path) -> Iterator[Grid]:
    made = Grid(site, 'small')
    with made.stage:
        yield made


@pytest.mark.parametrize('portion', range(PORTIONS))
def test_every_start(portion: int, grid: Grid, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(grid.truth) >= MINIMUM
    monkeypatch.chdir(grid.site)
    grid.assert_agreement(grid.truth[portion::PORTIONS])
