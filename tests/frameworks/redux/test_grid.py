"""What the check says of a start, against what traiNNer-redux itself does, tensor by tensor."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.rehearsal.stage import Stage
from tests.frameworks.conftest import as_text, drive, framework_folder
from tests.frameworks.redux.comparing import disagreements

TIMEOUT_S = 600.0
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
def truth(site: Path) -> List[Dict[str, Any]]:
    return list(drive('tests.frameworks.redux.drive', site, str(site), 'real'))


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
