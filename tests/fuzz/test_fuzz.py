"""A bounded run of every fuzz target: hypothesis, which shrinks what it finds, and a seeded run."""

from __future__ import annotations

from typing import List

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.edits import KINDS, Edit, edited
from fuzz.run import run_edits
from fuzz.seeds import seeds
from fuzz.targets import TARGETS, BrokenPromise

BUSY_S = 60  # of processor time, on a machine that does much else
PLACE = st.floats(0, 1, exclude_max=True)
EDITS = st.lists(
    st.builds(Edit, st.sampled_from(KINDS), PLACE, PLACE, st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize('target', sorted(TARGETS))
def test_no_edit_of_the_corpus_breaks_a_reader(target: str) -> None:
    @settings(
        max_examples=150,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(seeds(target)), EDITS)
    def run(seed: bytes, edits: List[Edit]) -> None:
        TARGETS[target](edited(seed, edits))

    run()


@pytest.mark.parametrize('target', sorted(TARGETS))
def test_a_seeded_run(target: str) -> None:
    assert run_edits(target, seed=1, most=300, slowest_s=BUSY_S)['executions'] == 300


def test_a_type_of_numbers_that_does_not_exist_is_refused() -> None:
    """Found by atheris: a conversion of it ended in KeyError."""
    seed = seeds('safetensors')[0].replace(b'F32', b'F33')
    TARGETS['convert'](seed)
    TARGETS['safetensors'](seed)


def test_a_defect_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness can fail: a reader that believes every count is caught."""
    monkeypatch.setattr(
        'basicsr_weightcheck.checkpoint.containers.legacy_stream._check_count', lambda *_: None
    )
    monkeypatch.setattr('basicsr_weightcheck.checkpoint.read_torch.find_cut', lambda *_: None)
    monkeypatch.setattr('fuzz.run._keep', lambda *_: None)
    with pytest.raises(BrokenPromise, match='inside the file'):
        run_edits('legacy', seed=1, most=20_000, slowest_s=BUSY_S)
