"""Dialects: found by their files, asked in their turn; what the hook waits for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from basicsr_weightcheck.dialects.find import DIALECTS, framework_at
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


def test_every_dialect_is_found() -> None:
    """As many as there are names in the sources."""
    folder = ROOT / 'basicsr_weightcheck' / 'dialects'
    texts = [path.read_text(encoding='utf-8') for path in folder.glob('*.py')]
    names = re.findall(r"^    name(?:, marks)? = '([^']+)'", '\n'.join(texts), re.M)
    assert sorted(names) == sorted(one.name for one in DIALECTS) and len(names) > 12


def test_the_special_are_asked_first(tmp_path: Path) -> None:
    """What would pass for BasicSR is asked before it, what is only like it last of the family."""
    order = [one.name for one in DIALECTS]
    assert order.index('restormer') < order.index('basicsr') < order.index('unknown')
    assert order.index('BasicSR before 1.0') < order.index('restormer')
    assert order[order.index('unknown') + 1 :] == [
        one.name for one in DIALECTS if one.turn == DIALECTS[-1].turn
    ]
    (tmp_path / 'models' / 'archs').mkdir(parents=True)
    assert framework_at(str(tmp_path), True).dialect == 'nafnet'
