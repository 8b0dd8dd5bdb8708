"""Hundreds of random loaders: the same source for every tensor, on real tensors and in rehearsal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator, List

import pytest

from tests.provenance.programs import make_program
from tests.provenance.rehearsing import open_stage, rehearse
from tests.provenance.truth import compare, start

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

PROGRAMS = 400
PORTIONS = 4
SHOWN = 12


@pytest.fixture(scope='module')
def stage(plugin: Any) -> Iterator[Any]:
    with open_stage(plugin.folder) as opened:
        yield opened


@pytest.mark.parametrize('portion', range(PORTIONS))
def test_random_loaders(portion: int, plugin: Any, stage: Any, tmp_path: Path) -> None:
    disagreements: List[str] = []
    for seed in range(portion, PROGRAMS, PORTIONS):
        program = make_program(seed, str(tmp_path / str(seed)))
        real = start(plugin.model('ProgramModel'), program.options, program.values)
        rehearsal = rehearse(stage, program.options, plugin.folder)
        found = compare(f'seed {seed}', real, rehearsal)
        if found:
            disagreements.append('\n'.join([*found, program.shown()]))
    text = '\n\n'.join(disagreements[:SHOWN])
    assert not disagreements, f'{len(disagreements)} programs disagree\n{text}'


def test_the_programs_are_worth_running(plugin: Any, tmp_path: Path) -> None:
    """Every kind of source occurs, and most trainings start."""
    kinds: List[str] = []
    starts = 0
    for seed in range(PROGRAMS):
        program = make_program(seed, str(tmp_path / str(seed)))
        real = start(plugin.model('ProgramModel'), program.options, program.values)
        starts += not real.error
        kinds += [truth.kind for truth in real.tensors.values()]
    assert starts > PROGRAMS / 3
    assert min(kinds.count(kind) for kind in ('whole', 'part', 'derived', 'initial')) >= 40
