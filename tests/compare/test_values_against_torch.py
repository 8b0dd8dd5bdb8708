"""The comparison of values is the one that torch computes, for whatever a file may hold."""

from __future__ import annotations

import json
import math
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import jsonschema
import pytest
import safetensors.torch as safetensors_torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.compare import streams
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.messages.numbers import difference_number
from basicsr_weightcheck.records.comparisons import ValueDifference
from basicsr_weightcheck.rehearsal.network import describe_network
from basicsr_weightcheck.report.compare_json import comparison_document
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.workflow.compare import compare
from basicsr_weightcheck.workflow.inspect import inspect
from tests.compare.test_outputs import SCHEMAS

pytestmark = pytest.mark.torch

FLOATS = ['float32', 'float64', 'float16', 'bfloat16']
INTEGERS = ['int8', 'int16', 'int32', 'int64', 'uint8', 'bool']
DTYPES = [*FLOATS, *INTEGERS, 'complex64', 'complex128']
LAYOUTS = ['plain', 'transposed', 'slice', 'expanded', 'shared', 'stepped']
CHANGES = ['none', 'none', 'tiny', 'some', 'all', 'nan', 'inf', 'sign of zero', 'dtype', 'layout']
CONTAINERS = ['zip', 'legacy', 'safetensors']
Table = Dict[str, Any]


@st.composite
def tensors(draw: st.DrawFn) -> Tuple[str, Tuple[int, ...], str, int, str]:
    """(dtype, shape, layout, seed, change in the second file)."""
    shape = tuple(draw(st.lists(st.integers(0, 5), max_size=3)))
    return (
        draw(st.sampled_from(DTYPES)),
        shape,
        draw(st.sampled_from(LAYOUTS)),
        draw(st.integers(0, 2**16)),
        draw(st.sampled_from(CHANGES)),
    )


def make(dtype: str, shape: Tuple[int, ...], layout: str, seed: int, base: Optional[Any]) -> Any:
    kind = getattr(torch, dtype)
    generator = torch.Generator().manual_seed(seed)

    def values(*sizes: int) -> Any:
        if dtype in INTEGERS:
            high = 2 if dtype == 'bool' else 100
            return torch.randint(0, high, sizes, generator=generator).to(kind)
        real = torch.randn(sizes, generator=generator)
        return real.to(kind) * (1 + 1j) if dtype.startswith('complex') else real.to(kind)

    if layout == 'shared' and base is not None:
        return base
    if layout == 'transposed' and len(shape) > 1:
        return values(*reversed(shape)).permute(*reversed(range(len(shape))))
    if layout == 'slice' and shape:
        return values(shape[0] + 3, *shape[1:])[2 : 2 + shape[0]]
    if layout == 'stepped' and shape:
        return values(*shape[:-1], shape[-1] * 2)[..., ::2]
    if layout == 'expanded' and shape:
        return values(1, *shape[1:]).expand(*shape)
    return values(*shape)


def changed(tensor: Any, change: str, seed: int) -> Any:
    if change == 'dtype' and tensor.is_complex():
        return tensor.real.clone()
    if change == 'dtype':
        return tensor.to(torch.float64 if tensor.dtype == torch.float32 else torch.float32)
    if change == 'layout':
        return tensor.clone().contiguous()
    if change == 'none' or not tensor.numel():
        return tensor
    if tensor.dtype == torch.bool:
        return ~tensor
    new = tensor.clone().contiguous()
    flat = new.view(-1)
    at = seed % len(flat)
    if not tensor.dtype.is_floating_point and not tensor.dtype.is_complex:
        flat[at] += 1
    elif change == 'tiny':
        flat[at] = flat[at] * (1 + 1e-7)
    elif change in ('nan', 'inf'):
        flat[at] = float(change)
    elif change == 'sign of zero':
        flat[at] = -0.0
    else:
        flat += torch.randn(len(flat), generator=torch.Generator().manual_seed(seed)).to(flat.dtype)
    return new


def save(table: Table, path: Path, container: str) -> str:
    if container == 'safetensors':
        whole = {key: value.clone().contiguous() for key, value in table.items()}
        safetensors_torch.save_file(whole, str(path))
    else:
        zipped = container == 'zip'
        torch.save({'params': table}, str(path), _use_new_zipfile_serialization=zipped)
    return str(path)


def bits(tensor: Any) -> bytes:
    flat = torch.cat([tensor.reshape(-1), tensor.new_zeros(1)])  # dense, whatever the strides
    return bytes(flat.view(torch.uint8).numpy().tobytes())


def judged_by_torch(key: str, a: Any, b: Any, tolerance: float) -> ValueDifference:
    """The same record, from tensors in memory and whole-tensor arithmetic in float64."""
    count = a.numel()
    if a.dtype == b.dtype and bits(a) == bits(b):
        return ValueDifference(key, count, 'identical')
    if not count:
        return ValueDifference(key, 0, 'tiny', max_abs=0.0)
    wide = torch.complex128 if a.is_complex() or b.is_complex() else torch.float64
    a, b = a.reshape(-1).to(wide), b.reshape(-1).to(wide)
    good_a, good_b = torch.isfinite(a), torch.isfinite(b)
    bad = (int((~good_a).sum()), int((~good_b).sum()))
    a, b = a[good_a & good_b], b[good_a & good_b]
    if not len(a):
        return ValueDifference(key, count, 'not-finite', not_finite=bad)
    difference = (a - b).abs()
    largest = difference.max().item()
    state = 'not-finite' if any(bad) else 'tiny' if largest < tolerance else 'different'
    norms = a.abs().square().sum().sqrt().item(), b.abs().square().sum().sqrt().item()
    product = (a * b.conj()).sum().real.item() if wide.is_complex else (a * b).sum().item()
    absolute = a.abs().mean().item()
    change = difference.square().sum().sqrt().item()
    if norms[0] and norms[1]:
        cosine = max(-1.0, min(1.0, product / (norms[0] * norms[1])))
    else:
        cosine = 1.0 if norms == (0, 0) else 0.0
    return ValueDifference(
        key,
        count,
        state,
        max_abs=largest,
        mean_abs=difference.mean().item(),
        relative=ratio(difference.mean().item(), absolute),
        relative_l2=ratio(change, norms[0]),
        cosine=cosine,
        not_finite=bad,
    )


def ratio(part: float, whole: float) -> Optional[float]:
    return part / whole if whole else None if part else 0.0


def assert_same(found: ValueDifference, expected: ValueDifference) -> None:
    assert (found.key, found.count, found.state) == (expected.key, expected.count, expected.state)
    if expected.state == 'identical':
        return
    assert found.not_finite == expected.not_finite
    for name in ('max_abs', 'mean_abs', 'relative', 'relative_l2', 'cosine'):
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None), name
        if one is not None:
            assert math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12), name


@contextmanager
def small_blocks(elements: int) -> Iterator[None]:
    """Cut tensors that are small as large ones are cut."""
    kept = streams.BLOCK_ELEMENTS, streams.BATCH_ELEMENTS
    streams.BLOCK_ELEMENTS, streams.BATCH_ELEMENTS = elements, elements * 4
    try:
        yield
    finally:
        streams.BLOCK_ELEMENTS, streams.BATCH_ELEMENTS = kept


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(
    st.lists(tensors(), min_size=1, max_size=6),
    st.sampled_from(CONTAINERS),
    st.sampled_from(CONTAINERS),
    st.booleans(),
    st.sampled_from([3, 8, streams.BLOCK_ELEMENTS]),
)
def test_random_state_dicts(
    tmp_path_factory: pytest.TempPathFactory,
    plans: List[Tuple[str, Tuple[int, ...], str, int, str]],
    first: str,
    second: str,
    exact: bool,
    block: int,
) -> None:
    one: Table = {}
    other: Table = {}
    base = None
    for index, (dtype, shape, layout, seed, change) in enumerate(plans):
        if 'safetensors' in (first, second) and dtype == 'complex128':
            dtype = 'complex64'  # safetensors has no wider one
        base = make(dtype, shape, layout, seed, base)
        one[f'layer.{index}.weight'] = base
        other[f'layer.{index}.weight'] = changed(base, change, seed)
    folder = tmp_path_factory.mktemp('pair')
    paths = save(one, folder / 'a', first), save(other, folder / 'b', second)
    with small_blocks(block):
        result = compare(*paths, exact=exact)
    assert result.common == len(one) and result.values is not None
    for value in result.values:
        expected = judged_by_torch(value.key, one[value.key], other[value.key], result.tolerance)
        assert_same(value, expected)


@pytest.mark.parametrize('dtype', FLOATS)
def test_large_tensors_agree_to_the_printed_digit(tmp_path: Path, dtype: str) -> None:
    a = torch.randn(700, 1300, generator=torch.Generator().manual_seed(1)).to(getattr(torch, dtype))
    b = (a.double() * 1.001 + 1e-3).to(a.dtype)
    paths = save({'w': a}, tmp_path / 'a', 'zip'), save({'w': b}, tmp_path / 'b', 'legacy')
    (value,) = compare(*paths).values or ()
    expected = judged_by_torch('w', a, b, 1e-6)
    for name in ('max_abs', 'mean_abs', 'relative', 'relative_l2'):
        found, wanted = getattr(value, name), getattr(expected, name)
        assert difference_number(found) == difference_number(wanted), name
    assert difference_number(value.cosine, True) == difference_number(expected.cosine, True)


def test_wide_integers_are_told_apart_where_float64_is_not(tmp_path: Path) -> None:
    a = torch.tensor([2**62, -(2**63), 7])
    b = torch.tensor([2**62 + 1, 2**63 - 1, 7])
    paths = save({'n': a}, tmp_path / 'a', 'zip'), save({'n': b}, tmp_path / 'b', 'zip')
    (value,) = compare(*paths).values or ()
    assert value.state == 'different' and value.max_abs == float(2**64 - 1)
    b = torch.tensor([2**62 + 1, -(2**63), 7])
    (value,) = compare(paths[0], save({'n': b}, tmp_path / 'c', 'zip')).values or ()
    assert value.max_abs == 1.0


def test_whole_numbers_against_others(tmp_path: Path) -> None:
    a, b = torch.tensor([1, -5, 7]), torch.tensor([1.5, -5.0, 7.0])
    paths = save({'n': a}, tmp_path / 'a', 'zip'), save({'n': b}, tmp_path / 'b', 'zip')
    for first, second in (paths, paths[::-1]):
        (value,) = compare(first, second).values or ()
        assert (value.state, value.max_abs) == ('different', 0.5)


def test_values_have_the_names_that_the_page_compares(tmp_path: Path) -> None:
    """Without the prefix that only one of the files has."""
    a = {'conv.weight': torch.ones(3), 'conv.bias': torch.zeros(2), 'last.weight': torch.ones(1)}
    b = {f'module.{key}': value + 1 for key, value in a.items()}
    paths = save(a, tmp_path / 'a', 'zip'), save(b, tmp_path / 'b', 'zip')
    for first, second in (paths, paths[::-1]):
        found = compare(first, second).values or ()
        assert {value.key for value in found} == set(a)


@pytest.mark.basicsr
@pytest.mark.parametrize('wrapped', [('a',), ('b',), ('a', 'b')])
@pytest.mark.parametrize('lacks', [(), ('b',)])
def test_what_every_loader_takes_off_is_no_guess(
    tmp_path: Path, wrapped: Tuple[str, ...], lacks: Tuple[str, ...]
) -> None:
    """However few names there are: load_network takes "module." off one by one."""
    from tests.agreement.conftest import RepairedBasicsr

    RepairedBasicsr()
    from basicsr.models.base_model import BaseModel

    network = torch.nn.ParameterDict({'a': torch.nn.Parameter(torch.zeros(3))})
    network['b'] = torch.nn.Parameter(torch.zeros(2))
    plain = {key: value.detach() for key, value in network.items()}
    table = {
        f'module.{k}' if k in wrapped else k: v + 1 for k, v in plain.items() if k not in lacks
    }
    paths = save(table, tmp_path / 'a', 'zip'), save(plain, tmp_path / 'b', 'zip')
    model = BaseModel.__new__(BaseModel)
    model.opt = {}
    try:
        model.load_network(network, paths[0], True, 'params')
        strict = True
    except RuntimeError:
        model.load_network(network, paths[0], False, 'params')
        strict = False
    result = compare(*paths)
    assert result.taken(result.one).strict is strict
    assert {key for key, value in network.items() if value.sum()} == set(result.matched)


@pytest.mark.basicsr
@pytest.mark.parametrize(
    'source, target',
    [
        ({'a': (1,)}, {'a': ()}),
        ({'a': ()}, {'a': (1,)}),
        ({'a': (2,)}, {'a': ()}),
        ({'a': (1,), 'b': (2,)}, {'a': (), 'b': (2,)}),
        ({'a': (1,), 'b': (2,)}, {'a': (), 'b': (3,)}),
        ({'a': (1,), 'b': (2,)}, {'a': (), 'b': (2,), 'c': (2,)}),
        ({'net.a': (3,), 'net.b': (2,), 'c': (5,)}, {'a': (3,), 'b': (2,), 'c': (5,)}),
        ({'net.a': (3,), 'net.b': (2,), 'a': (3,)}, {'a': (3,), 'b': (2,)}),
        ({'net.a': (3,), 'net.b': (2,)}, {'a': (3,), 'b': (2,)}),
        ({'net.a': (3,), 'net.b': (2,), 'd': (1,)}, {'a': (3,), 'b': (2,), 'd': ()}),
        ({'module.net.a': (3,), 'module.c': (2,)}, {'a': (3,), 'c': (2,)}),
    ],
)
def test_what_loads_is_told_of_the_names_as_they_are(
    source: Dict[str, Tuple[int, ...]], target: Dict[str, Tuple[int, ...]], tmp_path: Path
) -> None:
    """A prefix that compare takes off is not taken off by a load."""
    from tests.agreement.conftest import RepairedBasicsr

    RepairedBasicsr()
    from basicsr.models.base_model import BaseModel

    network = torch.nn.Module()
    for key, shape in target.items():
        network.register_parameter(key, torch.nn.Parameter(torch.zeros(shape)))
    table = {key: torch.ones(shape) for key, shape in source.items()}
    paths = (
        save(table, tmp_path / 'a', 'zip'),
        save(dict(network.state_dict()), tmp_path / 'b', 'zip'),
    )
    model = BaseModel.__new__(BaseModel)
    model.opt = {}
    strict: Optional[bool] = True
    try:
        model.load_network(network, paths[0], True, 'params')
    except RuntimeError:
        for parameter in network.parameters():  # torch fills what fits before it raises
            torch.nn.init.zeros_(parameter)
        model.load_network(network, paths[0], False, 'params')
        strict = False
    held = [parameter for parameter in network.parameters() if parameter.sum()]
    result = compare(*paths)
    told = result.taken(result.one)
    assert told.strict is (strict if held else None)
    assert (told.tensors, told.elements) == (len(held), sum(one.numel() for one in held))


def test_huge_values_do_not_overflow_into_a_wrong_state(tmp_path: Path) -> None:
    a = torch.tensor([1e300, 1.0], dtype=torch.float64)
    paths = save({'w': a}, tmp_path / 'a', 'zip'), save({'w': a * 2}, tmp_path / 'b', 'zip')
    (value,) = compare(*paths).values or ()
    assert value.state == 'different' and value.max_abs == 1e300 and value.not_finite == (0, 0)
    assert value.relative_l2 is None and value.cosine is None


def test_a_difference_beyond_float64_is_no_number_in_json(tmp_path: Path) -> None:
    a = torch.tensor([1.5e308, 1.0], dtype=torch.float64)
    paths = save({'w': a}, tmp_path / 'a', 'zip'), save({'w': -a}, tmp_path / 'b', 'zip')
    document = comparison_document(compare(*paths))
    jsonschema.validate(json.loads(dumped(document)), SCHEMAS['compare'])
    assert document['values']['tensors'][0]['max_abs'] is None


def test_what_is_shown_several_times_counts_several_times(tmp_path: Path) -> None:
    a = torch.tensor([[float('nan'), 1.0]]).expand(5, 2)
    paths = save({'w': a}, tmp_path / 'a', 'zip'), save({'w': a * 2}, tmp_path / 'b', 'zip')
    for second in (paths[1], save({'w': a + 1 - 1}, tmp_path / 'c', 'zip')):
        (value,) = compare(paths[0], second).values or ()
        assert value.not_finite == (5, 5)
    (same,) = (
        compare(paths[1], save({'w': (a * 2)[:1].expand(5, 2)}, tmp_path / 'd', 'zip')).values or ()
    )
    assert same.not_finite == (5, 5)
    health = inspect(paths[0], values=True).health
    assert health is not None and [one.nan for one in health.tensors] == [5]


def test_float8_is_compared_by_its_bits(tmp_path: Path) -> None:
    if not hasattr(torch, 'float8_e4m3fn'):
        pytest.fail('the pinned torch has float8')
    a = torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn)
    b = torch.tensor([1.0, 4.0]).to(torch.float8_e4m3fn)
    paths = (
        save({'w': a, 'v': a}, tmp_path / 'a', 'zip'),
        save({'w': a, 'v': b}, tmp_path / 'b', 'zip'),
    )
    same, other = compare(*paths, exact=True).values or ()
    assert (same.state, other.state) == ('identical', 'different') and other.max_abs is None


@pytest.mark.basicsr
@pytest.mark.parametrize('strict', [True, False])
@pytest.mark.parametrize('value', [3, 1.5, 'x', None, [1], {'y': 1}, (4,)])
def test_what_is_no_tensor_under_an_expected_name_stops(
    value: Any, strict: bool, tmp_path: Path
) -> None:
    """Strictly by torch, which lists it nowhere; else by the framework, which asks for its size."""
    from tests.agreement.conftest import RepairedBasicsr

    RepairedBasicsr()
    from basicsr.models.base_model import BaseModel

    network = torch.nn.Linear(2, 2)
    path = save({'weight': torch.ones(2, 2), 'bias': value}, tmp_path / 'a', 'zip')
    spec = describe_network(network, 'Linear', 'cpu')
    told = predict_load(read_header(path), spec, strict, 'params', True)
    model = BaseModel.__new__(BaseModel)
    model.opt = {}
    with pytest.raises((RuntimeError, AttributeError)) as ended:
        model.load_network(network, path, strict, 'params')
    assert told.loads is False and told.error == ended.typename
    assert not (told.missing or told.unexpected or told.mismatched or told.loaded)
    assert strict or told.message == str(ended.value)
