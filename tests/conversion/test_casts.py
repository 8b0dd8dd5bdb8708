"""What --dtype does to numbers of 8 bits and to complex ones."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from basicsr_weightcheck.cli.main import main
from tests.conversion.conftest import Run, load

pytestmark = pytest.mark.torch
FLOAT8 = ('e4m3fn', 'e5m2', 'e4m3fnuz', 'e5m2fnuz', 'e8m0fnu')


@pytest.mark.parametrize('target', ['float32', 'float16', 'bfloat16'])
@pytest.mark.parametrize('kind', FLOAT8)
def test_every_value_of_8_bits_becomes_what_torch_makes_of_it(
    folder: Path, convert_json: Run, kind: str, target: str
) -> None:
    import torch

    every = torch.arange(256).to(torch.uint8).view(getattr(torch, f'float8_{kind}'))
    torch.save({'params': {'w': every, 'n': torch.tensor(3)}}, 'a.pth')
    code, document = convert_json('a.pth', '-o', 'out.pth', '--dtype', target)
    assert code == 0 and document['changes']['uncast'] == []
    found, expected = load()['params']['w'], every.float().to(getattr(torch, target))
    assert torch.equal(found.isnan(), expected.isnan())
    known = ~expected.isnan()
    width = torch.int32 if target == 'float32' else torch.int16
    assert torch.equal(found[known].view(width), expected[known].view(width))


def test_infinity_is_no_overflow(folder: Path, convert_json: Run) -> None:
    """Only what was finite is told as too large."""
    import torch

    inf = float('inf')
    state = {'inf': torch.tensor([inf, 1.0]), 'large': torch.tensor([1e30, -inf])}
    torch.save({'params': state}, 'a.pth')
    code, document = convert_json('a.pth', '-o', 'out.pth', '--dtype', 'float16')
    assert code == 0 and document['overflowed'] == ['large']
    assert load()['params']['large'].tolist() == [inf, -inf]


def test_what_is_written_is_a_plain_zip_file(folder: Path, convert_json: Run) -> None:
    import torch

    torch.save({'params': {'w': torch.ones(3), '\u540d': torch.zeros(2)}}, 'a.pth')
    assert convert_json('a.pth', '-o', 'out.pth')[0] == 0
    with zipfile.ZipFile('out.pth') as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            assert not (entry.volume or entry.internal_attr or entry.external_attr or entry.comment)


@pytest.mark.parametrize('dtype', ['complex64', 'complex128'])
def test_complex_numbers_do_not_become_real(
    folder: Path, convert_json: Run, capfd: Any, dtype: str
) -> None:
    import torch

    torch.save({'params': {'w': torch.ones(2, dtype=getattr(torch, dtype))}}, 'a.pth')
    assert main(['convert', 'a.pth', '-o', 'out.pth', '--dtype', 'float32']) == 2
    said = capfd.readouterr().err
    assert 'imaginary part' in said and dtype in said and not Path('out.pth').exists()
    assert convert_json('a.pth', '-o', 'out.pth')[0] == 0
    assert load()['params']['w'].dtype == getattr(torch, dtype)
