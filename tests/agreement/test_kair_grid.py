"""The same cases as against KAIR itself, on a small imitation of its layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterator, NamedTuple

import pytest

from tests.frameworks.conftest import as_text
from tests.frameworks.kair.grid import (
    Checker,
    Said,
    disagreements,
    names_for,
    open_checker,
    truths,
)
from tests.helpers import ROOT

LAYOUT = ROOT / 'tests' / 'fixtures' / 'kair_layout'

pytestmark = [pytest.mark.torch]


class Grid(NamedTuple):
    """The trainings, what they really do, and what is said of them."""

    folder: Path
    real: Dict[str, Any]
    checker: Checker

    def said(self, name: str, *, checked: bool = True) -> Said:
        return self.checker.said(str(self.folder / name / 'train.json'), checked=checked)


@pytest.fixture(scope='module')
def grid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grid]:
    folder = tmp_path_factory.mktemp('kair')
    names = names_for(LAYOUT)
    with open_checker(LAYOUT) as checker:
        yield Grid(folder, truths(LAYOUT, folder, names), checker)


def test_what_is_said_is_what_happens(grid: Grid) -> None:
    assert len(grid.real) > 110
    found = []
    for name, real in grid.real.items():
        found += disagreements(name, real, grid.said(name, checked=False))
    assert not found, as_text(found)
