"""What convert writes against what torch itself makes of the same tensors, bit by bit."""

from __future__ import annotations

import os
import tempfile
from collections import OrderedDict
from typing import Any, Dict, List

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from basicsr_weightcheck.records.findings import Recipe
from basicsr_weightcheck.workflow.convert import UNASKED, convert

pytestmark = pytest.mark.torch
State = Dict[str, Any]
CONTAINERS = ('torch-zip', 'torch-legacy', 'safetensors')
DTYPES = (
    'float32', 'float64', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8',
    'bool', 'complex64', 'float8_e4m3fn', 'uint16',
)  # fmt: skip
FLOATS = ('float32', 'float64', 'float16', 'bfloat16')
VIEWS = ('plain', 'transposed', 'offset', 'expanded', 'strided')


def untyped() -> Any:
    import torch

    return torch.float8_e4m3fn, torch.uint16


@st.composite
def states(draw: Any) -> State:
    """A few tensors: dtypes, shapes, views, shared storages, random bits."""
    import torch

    made: State = OrderedDict() if draw(st.booleans()) else {}
    for index in range(draw(st.integers(1, 5))):
        if made and draw(st.integers(0, 3)) == 0:
            made[f'layer.{index}.tied'] = draw(st.sampled_from(list(made.values())))
            continue
        shape = draw(st.lists(st.integers(0, 5), max_size=4))
        dtype = getattr(torch, draw(st.sampled_from(DTYPES)))
        generator = torch.Generator().manual_seed(draw(st.integers(0, 99)))
        tensor = random_bits([*shape, 2] if draw(st.booleans()) else shape, dtype, generator)
        made[f'layer.{index}.weight'] = view(tensor, draw(st.sampled_from(VIEWS)))
    return made


def random_bits(shape: List[int], dtype: Any, generator: Any) -> Any:
    import torch

    width = torch.empty(0, dtype=dtype).element_size()
    count = max(1, torch.Size(shape).numel())
    if dtype is torch.bool:
        return torch.randint(0, 2, shape, generator=generator).to(dtype)
    data = torch.randint(0, 256, (count * width,), dtype=torch.uint8, generator=generator)
    return data.view(dtype)[: torch.Size(shape).numel()].reshape(shape)


def view(tensor: Any, kind: str) -> Any:
    if kind == 'transposed' and tensor.ndim > 1:
        return tensor.transpose(0, -1)
    if kind == 'offset' and tensor.ndim and tensor.shape[0] > 1:
        return tensor[1:]
    if kind == 'expanded':
        return tensor.unsqueeze(0).expand(3, *tensor.shape)
    if kind == 'strided' and tensor.ndim and tensor.shape[0] > 2:
        return tensor[::2]
    return tensor


def bits(tensor: Any) -> bytes:
    import torch

    flat = tensor.contiguous().reshape(-1)
    return bytes(flat.view(torch.uint8).numpy().tobytes()) if flat.numel() else b''


def write(state: State, path: str, container: str) -> str:
    import torch
    from safetensors.torch import save_file

    if container == 'safetensors':
        save_file({key: value.contiguous().clone() for key, value in state.items()}, path)
        return ''
    torch.save({'params': state}, path, _use_new_zipfile_serialization=container == 'torch-zip')
    return 'params'


def read(path: str, container: str) -> State:
    import torch
    from safetensors.torch import load_file

    if container == 'safetensors':
        return dict(load_file(path))
    found: State = torch.load(path, weights_only=True)['params']
    return found


@pytest.mark.parametrize('written', CONTAINERS)
@pytest.mark.parametrize('found', CONTAINERS)
@settings(max_examples=25)
@given(data=st.data())
def test_any_state_dict_through_any_container(found: str, written: str, data: Any) -> None:
    state = data.draw(states())
    if written == 'torch-legacy':
        # torch writes float8 and uint16 in this container and cannot read them again.
        state = {k: v for k, v in state.items() if v.dtype not in untyped()}
        assume(state)
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, 'a'), os.path.join(folder, 'b')
        table = write(state, source, found)
        recipe = Recipe(take=(table,), strip=('layer.',), add='net.')
        report = convert(source, target, recipe, Recipe(container=written))
        result = read(target, written)
    names = {key.replace('layer.', 'net.', 1): value for key, value in state.items()}
    assert set(result) == set(names)
    if 'safetensors' not in (found, written):
        assert list(result) == list(names) and type(result) is type(state)
    for key, value in names.items():
        assert result[key].dtype == value.dtype and result[key].shape == value.shape
        assert bits(result[key]) == bits(value)
        assert result[key].is_contiguous()
    assert report.elements == sum(value.numel() for value in state.values())


@settings(max_examples=40)
@given(
    dtype=st.sampled_from(FLOATS),
    target=st.sampled_from(('float32', 'float16', 'bfloat16')),
    values=st.lists(st.floats(width=32), min_size=1, max_size=40),
    seed=st.integers(0, 99),
)
def test_casts_round_as_torch_does(dtype: str, target: str, values: Any, seed: int) -> None:
    import torch

    made = torch.tensor(values, dtype=torch.float64).to(getattr(torch, dtype))
    noise = random_bits([40], getattr(torch, dtype), torch.Generator().manual_seed(seed))
    state = {'values': made, 'noise': noise, 'count': torch.tensor(3)}
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, 'a'), os.path.join(folder, 'b')
        torch.save({'params': state}, source)
        convert(source, out, Recipe(take=('params',)), Recipe(dtype=target))
        result = read(out, 'torch-zip')
    for key in ('values', 'noise'):
        expected = state[key].to(getattr(torch, target))
        known = ~expected.isnan()  # torch's own bits of a NaN depend on the length of the tensor
        assert torch.equal(result[key].isnan(), expected.isnan())
        assert bits(result[key][known]) == bits(expected[known])
    assert torch.equal(result['count'], state['count'])


def test_tied_tensors_stay_tied_and_views_are_packed(tmp_path: Any) -> None:
    import torch

    weight = torch.randn(6, 6)
    state = {'a': weight, 'b': weight, 'row': weight[2:4], 'flat': weight.view(36)}
    torch.save({'params': state}, tmp_path / 'a.pth')
    convert(str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth'), UNASKED, Recipe(wrap=('x', 'y')))
    found = torch.load(tmp_path / 'b.pth', weights_only=True)
    assert list(found) == ['x', 'y']
    pointers = {key: value.data_ptr() for key, value in found['x'].items()}
    assert pointers['a'] == pointers['b'] == pointers['flat'] != pointers['row']
    assert found['x']['row'].untyped_storage().nbytes() == 2 * 6 * 4
    assert found['y']['a'].data_ptr() == pointers['a']
