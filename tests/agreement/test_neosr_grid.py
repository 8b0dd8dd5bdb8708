"""neosr's way of loading, in a tiny package of its layout: the check against real starts."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.frameworks.conftest import as_text
from tests.frameworks.neosr import ask, cases
from tests.frameworks.neosr.said import Checker, disagreements, said

pytestmark = [pytest.mark.torch, pytest.mark.skipif(sys.version_info < (3, 11), reason='tomllib')]
FIXTURE = Path(__file__).resolve().parents[1] / 'fixtures' / 'neosr_layout'


def test_check_and_neosr_agree(tmp_path: Path) -> None:
    repository, folder = tmp_path / 'neosr', tmp_path / 'cases'
    shutil.copytree(FIXTURE, repository)
    folder.mkdir()
    shapes = ask.shapes(str(repository), str(folder), cases.bare_cases(str(folder)))
    grid = cases.grid(str(folder), shapes, (None, 'mine'))
    with Checker(str(repository), str(folder)) as checker:
        ours = [said(checker, case) for case in grid]  # first: a start archives and overwrites
    real = ask.answers(str(repository), str(folder), grid)
    found = [line for one in zip(grid, real, ours) for line in disagreements(*one)]
    assert len(grid) >= 96
    assert not found, as_text(found)


def test_each_scale_has_a_process_of_its_own(tmp_path: Path) -> None:
    """The scale is a default of every class once they are imported."""
    with Checker(str(FIXTURE), str(tmp_path)) as checker:
        for scale in (4, 2, 4):
            case = cases.write_options(str(tmp_path), f'x{scale}', scale=scale)
            shapes = {one.key: one.shape for one in checker.networks(case)['network_g'].tensors}
            assert shapes['last.bias'] == (3 * scale**2,)
