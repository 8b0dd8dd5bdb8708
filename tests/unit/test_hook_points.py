"""What the hook waits for, told by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from basicsr_weightcheck.hook import install
from tests.helpers import ROOT


def test_the_hook_looks_beside_the_script_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option file may lie outside of the repository that the script belongs to."""
    script = ROOT / 'tests' / 'fixtures' / 'renamed_layout' / 'own' / 'train.py'
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('sys.argv', [str(script), '-opt', str(tmp_path / 'train.yml')])
    modules = [point.module for point in install._points()]
    assert 'own.models.base_model' in modules and 'basicsr.models.base_model' in modules
