"""Options that no loader is said to read: where nothing has run, the sources have to prove it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Set

import pytest

from basicsr_weightcheck.cli.main import main

MODEL = """
class OwnModel:
    def __init__(self, opt):
        self.load(opt['path']['strict_load'])
"""


@pytest.mark.parametrize('source, told', [('', True), (MODEL, False)])
def test_without_a_run_the_sources_prove_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str,
    told: bool,
) -> None:
    for name in ('archs/__init__.py', 'models/base_model.py', 'utils/options.py', '__init__.py'):
        file = tmp_path / 'basicsr' / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('')
    (tmp_path / 'basicsr/models/own_model.py').write_text(source)
    (tmp_path / 'setup.py').write_text('')
    (tmp_path / 'train.yml').write_text(
        'name: x\nmodel_type: OwnModel\nnetwork_g: {type: EDSR}\npath: {strict_load: false}\n'
    )
    monkeypatch.chdir(tmp_path)
    main(['check', '-opt', 'train.yml', '--no-rehearsal', '--no-report', '--format', 'json'])
    document = json.loads(capsys.readouterr().out)
    codes: Set[str] = {one['code'] for one in document['findings']}
    assert ('WC405' in codes) is told
