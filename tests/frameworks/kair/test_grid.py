"""The check against KAIR itself, where WEIGHTCHECK_FRAMEWORKS names a folder that holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.frameworks.conftest import as_text
from tests.frameworks.kair.cases import CASES
from tests.frameworks.kair.grid import disagreements, names_for, open_checker, truths


def test_what_is_said_is_what_happens(framework: Any, tmp_path: Path) -> None:
    repository = framework('KAIR')
    names = names_for(repository)
    assert len(names) == len(CASES) >= 120
    real = truths(repository, tmp_path, names)
    assert list(real) == names
    found = []
    with open_checker(repository) as checker:
        for name in names:
            # A whole check looks for the reasons of a misfit, which takes seconds.
            checked = not real[name].error
            said = checker.said(str(tmp_path / name / 'train.json'), checked=checked)
            found += disagreements(name, real[name], said)
    assert not found, as_text(found)
