"""A page of two files says the same whether all tensors are measured or only what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from basicsr_weightcheck.compare import streams, values
from basicsr_weightcheck.records.comparisons import Comparison, ValueDifference
from basicsr_weightcheck.report.compare_page import LARGEST, compare_page
from basicsr_weightcheck.workflow.compare import compare

pytestmark = pytest.mark.torch
Table = Dict[str, Any]
Plan = Tuple[str, float, int, int, str]
NEAR = [0.0, 1e-6, 1.0000001e-6, 9.999999e-7, 0.05, 1.0, 1.0 + 2**-23, 1e-25, 1e19, 3e38]
CHANGES = ['none', 'one', 'all', 'nan', 'inf', 'half', 'zeros']

plans = st.tuples(
    st.sampled_from(CHANGES),
    st.sampled_from(NEAR),
    st.integers(0, 2**16),
    st.sampled_from([1, 3, 900, 1001, 3000]),
    st.sampled_from(['float32', 'float32', 'float16', 'bfloat16', 'float64']),
)


def pair(plan: Plan) -> Tuple[Any, Any]:
    change, size, seed, count, dtype = plan
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(count, generator=generator).to(getattr(torch, dtype))
    b = a.clone()
    if change == 'one':
        b[seed % count] += size
    elif change == 'all':
        b += size * torch.randn(count, generator=generator).to(b.dtype)
    elif change == 'zeros':
        a = torch.zeros_like(a)
        b = b * size
    elif change in ('nan', 'inf'):
        b[seed % count] = float(change)
    elif change == 'half':
        a, b = a * 1e-22, b * 0.5e-22
    return a, b


def save(tables: Tuple[Table, Table], folder: Path, sealed: bool = True) -> Tuple[str, str]:
    """Two files, without checksums where they are not `sealed`."""
    paths = str(folder / 'a.pth'), str(folder / 'b.pth')
    for table, path in zip(tables, paths):
        torch.save({'params': table}, path, _use_new_zipfile_serialization=sealed)
    return paths


def assert_same_page(quick: Comparison, full: Comparison, shown: int) -> None:
    assert quick.largest[:shown] == full.largest[:shown]
    assert quick.values is not None and full.values is not None
    for one, other in zip(quick.values, full.values):
        assert (one.key, one.state) == (other.key, other.state)
        assert one == other or (one.max_abs is None and one.mean_abs is None)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
# Squares of one side alone are too large for float32; the others are shown in its place.
@example([('all', size, 72, 1001, 'float32') for size in (1e19, 3e38)], 1, 50, False)
@given(
    st.lists(plans, min_size=1, max_size=9),
    st.integers(1, 4),
    st.sampled_from([50, 1 << 18]),
    st.booleans(),
)
def test_what_is_shown_does_not_depend_on_what_is_measured(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: List[Plan],
    shown: int,
    block: int,
    sealed: bool,
) -> None:
    pairs = [pair(plan) for plan in drawn]
    tables = tuple({f'w{i}': one[side] for i, one in enumerate(pairs)} for side in (0, 1))
    paths = save((tables[0], tables[1]), tmp_path_factory.mktemp('pair'), sealed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, 'BLOCK_ELEMENTS', block)
        patch.setattr(streams, 'BATCH_ELEMENTS', 8 * block)
        assert_same_page(compare(*paths, shown=shown), compare(*paths), shown)


def test_the_page_is_the_same_and_most_tensors_are_not_measured(tmp_path: Path) -> None:
    pairs = [pair(('all', 1e-3 * (1 + i), i, 1001 + i, 'float32')) for i in range(60)]
    tables = tuple({f'w{i}': one[side] for i, one in enumerate(pairs)} for side in (0, 1))
    paths = save((tables[0], tables[1]), tmp_path)
    quick, full = compare(*paths, shown=LARGEST), compare(*paths)
    assert compare_page(quick, 'en') == compare_page(full, 'en')
    assert sum(value.max_abs is not None for value in quick.values or ()) == LARGEST


@pytest.mark.parametrize('change', ['draw', 'nan', 'tolerance', 'signs'])
@pytest.mark.parametrize('dtype', ['float32', 'float16', 'bfloat16'])
def test_where_bounds_settle_nothing_no_more_is_measured(
    tmp_path: Path, change: str, dtype: str
) -> None:
    one, other = {}, {}
    for i in range(LARGEST + 20):
        a = torch.randn(1200).to(getattr(torch, dtype))
        b = a.clone()
        if change == 'draw':
            a[i] = 0.0
            b[i] = 2.0**-20
        elif change == 'nan':
            b[i] = float('nan')
        elif change == 'tolerance':
            a, b = torch.zeros(9), torch.full((9,), 1e-6)
        elif change == 'signs':
            a[i] = 0.0
            b[i] = -0.0
        one[f'w{i}'], other[f'w{i}'] = a, b
    paths = save((one, other), tmp_path)
    quick, full = compare(*paths, shown=LARGEST), compare(*paths)
    assert_same_page(quick, full, LARGEST)
    assert [value.key for value in quick.largest[:LARGEST]] == list(one)[:LARGEST]
    rest = (quick.values or ())[LARGEST:]
    assert all(one == ValueDifference(one.key, one.count, one.state) for one in rest)


def test_identical_tensors_without_checksums_are_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {f'w{i}': torch.randn(2000) for i in range(LARGEST + 5)}
    table['w3'][7] = -0.0
    other = {key: value.clone() for key, value in table.items()}
    other['w3'][7] = 0.0
    measured: List[Any] = []
    run_over = values.run_over  # type: ignore[attr-defined]

    def noted(work: Any, *more: Any) -> Any:
        measured.extend(work)
        return run_over(work, *more)

    monkeypatch.setattr(values, 'run_over', noted)
    found = compare(*save((table, other), tmp_path, sealed=False), shown=LARGEST).values or ()
    assert [(one.state, one.proof) for one in found if one.key != 'w3'] == [
        ('identical', 'bytes')
    ] * (LARGEST + 4)
    assert [pair[0].key for pair in measured] == ['w3']  # other bits, no difference
    assert [one.state for one in found if one.key == 'w3'] == ['tiny']


@pytest.mark.parametrize(('other', 'state'), [(-5e-14, 'different'), (5e-14, 'tiny')])
def test_a_difference_that_float32_rounds_to_the_tolerance(
    tmp_path: Path, other: float, state: str
) -> None:
    a = torch.tensor([1e-6])  # 9.99999997e-07; with 5e-14 more it is above 1e-06
    one: Table = {f'w{i}': a if i else a * 1000 for i in range(4)}
    two: Table = {key: torch.tensor([other]) for key in one}
    quick = compare(*save((one, two), tmp_path), shown=1)
    assert [value.state for value in quick.values or ()] == ['different', *[state] * 3]
