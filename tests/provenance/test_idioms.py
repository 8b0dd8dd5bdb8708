"""Every way of loading that was met, on files that fit and files that do not, in both layouts."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any, Dict, Iterator, List, Tuple

import pytest

from tests.helpers import ROOT
from tests.provenance.idioms import IDIOMS, VARIANTS, Case, make_cases
from tests.provenance.layouts import write_older
from tests.provenance.rehearsing import open_stage, rehearse
from tests.provenance.truth import RealStart, compare, start

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
NEW, OLD = 'registry', 'older'
# What the rehearsal does not tell rightly yet; an entry that is told rightly fails the test.
NOT_YET: Dict[Tuple[str, str], str] = {
    (NEW, 'load of bytes'): 'names in another order',
}


def _idioms(layout: str) -> List[Any]:
    names = [name for name, idiom in IDIOMS.items() if layout in idiom.layouts]
    return [pytest.param(name, marks=_marks((layout, name))) for name in names]


def _marks(case: Tuple[str, str]) -> Any:
    return pytest.mark.xfail(reason=NOT_YET[case], strict=True) if case in NOT_YET else ()


class Bench:
    """All trainings of one layout, their truth, and a child that rehearses them."""

    def __init__(self, folder: str, cases: List[Case], real: Dict[str, RealStart], stage: Any):
        self._folder, self._cases, self._real, self._stage = folder, cases, real, stage

    def disagreements(self, name: str) -> List[str]:
        found: List[str] = []
        for case in self._cases:
            if case.idiom == name:
                said = rehearse(self._stage, case.options, self._folder)
                found += compare(case.name, self._real[case.name], said)
        return found


@pytest.fixture(scope='module')
def registry(plugin: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    cases = make_cases(NEW, str(tmp_path_factory.mktemp('registry')))
    real = {case.name: start(plugin.model(case.model), case.options, case.values) for case in cases}
    with open_stage(plugin.folder) as stage:
        yield Bench(plugin.folder, cases, real, stage)


@pytest.fixture(scope='module')
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    place = tmp_path_factory.mktemp('older')
    folder = write_older(str(place / 'repository'))
    os.makedirs(place / 'files')
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'tests.provenance.older_truth', folder,
         str(place / 'files')],
        stdout=subprocess.PIPE,
        cwd=str(ROOT),
        check=True,
    )  # fmt: skip
    cases, real = pickle.loads(done.stdout)
    with open_stage(folder) as stage:
        yield Bench(folder, cases, real, stage)


@pytest.mark.parametrize('name', _idioms(NEW))
def test_in_the_registry_layout(name: str, registry: Bench) -> None:
    found = registry.disagreements(name)
    assert not found, '\n'.join(found)


@pytest.mark.parametrize('name', _idioms(OLD))
def test_in_the_older_layout(name: str, older: Bench) -> None:
    found = older.disagreements(name)
    assert not found, '\n'.join(found)


def test_there_are_as_many_as_it_says() -> None:
    for layout, count in ((NEW, 500), (OLD, 200)):
        assert len(_idioms(layout)) * len(VARIANTS[layout]) > count
