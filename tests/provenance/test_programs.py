"""Random loaders: the same source for every tensor, on real tensors and in rehearsal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterator, List

import pytest

from tests.provenance.programs import Program, make_program, shrink
from tests.provenance.rehearsing import open_stage, rehearse
from tests.provenance.truth import RealStart, compare, start

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

PROGRAMS = 320
# Numbers of programs that are not told rightly yet: arithmetic on a tensor of which a part was
# written.
NOT_YET: FrozenSet[int] = frozenset()
PORTIONS = 4
SHOWN = 12


@pytest.fixture(scope='module')
def stage(plugin: Any) -> Iterator[Any]:
    with open_stage(plugin.folder) as opened:
        yield opened


@pytest.fixture(scope='module')
def truths() -> Dict[int, RealStart]:
    """{seed: how the program really starts}, of those that were started before."""
    return {}


@pytest.mark.parametrize('portion', range(PORTIONS))
def test_random_loaders(
    portion: int, plugin: Any, stage: Any, tmp_path: Path, truths: Dict[int, RealStart]
) -> None:
    def disagree(program: Program) -> List[str]:
        real = start(plugin.model('ProgramModel'), program.options, program.values)
        truths.setdefault(program.seed, real)
        rehearsal = rehearse(stage, program.options, plugin.folder)
        return compare(f'seed {program.seed}', real, rehearsal)

    numbers = range(portion, PROGRAMS, PORTIONS)
    programs = (make_program(number, str(tmp_path / str(number))) for number in numbers)
    wrong = [program for program in programs if disagree(program)]
    texts = []
    for program in [one for one in wrong if one.seed not in NOT_YET][:SHOWN]:
        program = shrink(program, disagree)
        texts.append('\n'.join([*disagree(program), program.shown()]))
    assert not texts, '\n\n'.join(['programs that disagree, as small as can be:', *texts])
    right = {number for number in numbers if number in NOT_YET} - {one.seed for one in wrong}
    assert not right, f'they agree now, take them out of NOT_YET: {sorted(right)}'


def test_the_programs_are_worth_running(
    plugin: Any, tmp_path: Path, truths: Dict[int, RealStart]
) -> None:
    """Every kind of source occurs, and most trainings start."""
    for seed in set(range(PROGRAMS)) - set(truths):  # all of them where this runs alone
        program = make_program(seed, str(tmp_path / str(seed)))
        truths[seed] = start(plugin.model('ProgramModel'), program.options, program.values)
    assert sum(not real.error for real in truths.values()) > PROGRAMS / 3
    kinds = [truth.kind for real in truths.values() for truth in real.tensors.values()]
    assert min(kinds.count(kind) for kind in ('whole', 'part', 'derived', 'initial')) >= 40
