"""Every way of loading that was met, on files that fit and files that do not, in both layouts."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

from tests.helpers import ROOT
from tests.provenance.idioms import VARIANTS, make_cases
from tests.provenance.layouts import write_older
from tests.provenance.rehearsing import open_stage, rehearse
from tests.provenance.truth import RealStart, compare, start

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]


def _disagreements(folder: str, cases: List[Any], real: Dict[str, RealStart]) -> List[str]:
    found: List[str] = []
    with open_stage(folder) as stage:
        for case in cases:
            found += compare(case.name, real[case.name], rehearse(stage, case.options, folder))
    return found


def test_idioms_in_the_registry_layout(plugin: Any, tmp_path: Path) -> None:
    cases = make_cases('registry', str(tmp_path))
    real = {
        case.name: start(plugin.model(case.model), case.options, case.values) for case in cases
    }
    found = _disagreements(plugin.folder, cases, real)
    assert not found, f'{len(found)} disagree\n' + '\n'.join(found)


def test_idioms_in_the_older_layout(tmp_path: Path) -> None:
    folder = write_older(str(tmp_path / 'repository'))
    files = str(tmp_path / 'files')
    os.makedirs(files)
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'tests.provenance.older_truth', folder, files],
        stdout=subprocess.PIPE,
        cwd=str(ROOT),
        check=True,
    )
    cases, real = pickle.loads(done.stdout)
    assert len(cases) == len(real) > 70 * len(VARIANTS['older'])
    found = _disagreements(folder, cases, real)
    assert not found, f'{len(found)} disagree\n' + '\n'.join(found)
