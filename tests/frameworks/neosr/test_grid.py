"""neosr: what the check says of a start against what neosr does with it."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from tests.frameworks.conftest import as_text
from tests.frameworks.neosr import ask, cases
from tests.frameworks.neosr.said import Checker, disagreements, said

FEWEST = 96


def test_check_and_neosr_agree(framework: Callable[[str], Path], tmp_path: Path) -> None:
    neosr, folder = str(framework('neosr')), str(tmp_path)
    shapes = ask.shapes(neosr, folder, cases.bare_cases(folder))
    grid = cases.grid(folder, shapes)
    assert len(grid) >= FEWEST
    with Checker(neosr, folder) as checker:
        ours = [said(checker, case) for case in grid]  # first: a start archives and overwrites
    real = ask.answers(neosr, folder, grid)
    found = [line for one in zip(grid, real, ours) for line in disagreements(*one)]
    assert not found, as_text(found)
