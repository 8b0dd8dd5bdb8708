"""traiNNer-redux: the small imitation of its layout, started for real and by the check."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.rehearsal.stage import Stage
from tests.frameworks.conftest import as_text, drive
from tests.frameworks.redux.comparing import disagreements
from tests.helpers import ROOT

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

PORTIONS = 4
TIMEOUT_S = 600.0
MINIMUM = 200


@pytest.fixture(scope='module')
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('redux') / 'site'
    return Path(shutil.copytree(ROOT / 'tests' / 'fixtures' / 'redux_layout', folder))


@pytest.fixture(scope='module')
def truth(site: Path) -> List[Dict[str, Any]]:
    return list(drive('tests.frameworks.redux.drive', site, str(site), 'small'))


@pytest.fixture(scope='module')
def stage(site: Path) -> Iterator[Stage]:
    framework = find_framework(str(site / 'any.yml'), str(site))
    assert framework.dialect == 'traiNNer-redux'
    with Stage(framework, (), str(site), TIMEOUT_S) as opened:
        yield opened


@pytest.mark.parametrize('portion', range(PORTIONS))
def test_every_start(
    portion: int,
    truth: List[Dict[str, Any]],
    stage: Stage,
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(truth) >= MINIMUM
    monkeypatch.chdir(site)
    found = [text for line in truth[portion::PORTIONS] for text in disagreements(line, stage, site)]
    assert not found, as_text(found)
