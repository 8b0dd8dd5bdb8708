"""An odd entry is known with its form, and its stand-in does what the entry itself does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator, Tuple

import pytest

torch = pytest.importorskip('torch')
from basicsr_weightcheck.checkpoint.read import read_header  # noqa: E402
from basicsr_weightcheck.rehearsal.following.replay import FORMS, odd_tensor  # noqa: E402
from tests.checkpoint.odd_entries import ENTRIES, SHAPE, form_of  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings('ignore')]
TARGETS = (torch.float32, torch.complex64, torch.uint8)


class Net(torch.nn.Module):  # type: ignore[name-defined]
    """A parameter and a buffer for the odd entry, and another parameter behind."""

    def __init__(self, shape: Tuple[int, ...], dtype: Any, as_parameter: bool) -> None:
        super().__init__()
        value = torch.zeros(shape, dtype=dtype)
        if as_parameter and (dtype.is_floating_point or dtype.is_complex):
            self.w = torch.nn.Parameter(value)
        else:
            self.register_buffer('w', value)
        self.rest = torch.nn.Parameter(torch.zeros(2))


def save(path: Path, name: str, legacy: bool) -> Any:
    """Write the entry in a table of its own; what torch.load makes of it."""
    if legacy and ('packed' in name or name.startswith(', ')):
        pytest.skip('torch cannot load such a dtype from a legacy file')
    if legacy and name == 'nested':
        pytest.skip('torch builds it before it reads its sizes: any memory may stand there')
    content = {'params': {'w': ENTRIES[name](), 'rest': torch.ones(2)}}
    torch.save(content, str(path), _use_new_zipfile_serialization=not legacy)
    return torch.load(str(path), weights_only=False)['params']['w']


@pytest.mark.parametrize('legacy', [False, True])
@pytest.mark.parametrize('name', ENTRIES)
def test_form_shape_and_dtype_are_known(tmp_path: Path, name: str, legacy: bool) -> None:
    real = save(tmp_path / 'w.pth', name, legacy)
    spec, rest = read_header(tmp_path / 'w.pth').tables['params'].tensors
    assert (spec.key, spec.form, rest.form) == ('w', form_of(name), '')
    assert f'torch.{spec.dtype}' == str(real.dtype)
    if not spec.form.startswith('nested'):
        assert spec.shape == tuple(real.shape)
    assert spec.is_stored is (form_of(name) in ('', 'packed', 'subclass'))


def outcomes(entry: Any, shape: Tuple[int, ...]) -> Iterator[Tuple[str, ...]]:
    """What load_state_dict does with an entry, in every kind of network."""
    for dtype in (*TARGETS, entry.dtype if not entry.dtype.is_floating_point else torch.float16):
        for as_parameter in (True, False):
            for strict in (True, False):
                try:
                    net = Net(shape, dtype, as_parameter)
                except (RuntimeError, NotImplementedError):
                    continue  # nobody has a network of that dtype
                yield (str(dtype), str(strict), _outcome(net, entry, strict))


def _outcome(net: Any, entry: Any, strict: bool) -> str:
    try:
        net.load_state_dict({'w': entry, 'rest': torch.ones(2)}, strict=strict)
    except Exception as error:
        return type(error).__name__
    return 'loads'


@pytest.mark.parametrize('fits', [True, False])
@pytest.mark.parametrize('name', ENTRIES)
def test_the_stand_in_does_what_the_entry_does(tmp_path: Path, name: str, fits: bool) -> None:
    real = save(tmp_path / 'w.pth', name, False)
    spec = read_header(tmp_path / 'w.pth').tables['params'].tensors[0]
    shape = (tuple(real.shape) if 'nested' not in name else SHAPE) if fits else (5, 5)
    made = odd_tensor(spec)
    assert list(outcomes(made, shape)) == list(outcomes(real, shape))
    assert made.dtype == real.dtype and made.layout == real.layout
    assert made.device == real.device


def test_every_form_is_tried() -> None:
    assert {form_of(name) for name in ENTRIES} == set(FORMS)


@pytest.mark.parametrize('name', [one for one in ENTRIES if form_of(one)])
def test_no_value_of_it_is_told_wrongly(tmp_path: Path, name: str) -> None:
    """compare and inspect say that they did not read it, convert that it cannot."""
    from basicsr_weightcheck.errors import CheckpointError
    from basicsr_weightcheck.records.findings import Recipe
    from basicsr_weightcheck.workflow.compare import compare
    from basicsr_weightcheck.workflow.convert import UNASKED, convert
    from basicsr_weightcheck.workflow.inspect import inspect

    save(tmp_path / 'a.pth', name, False)
    save(tmp_path / 'b.pth', name, False)
    stored = form_of(name) in ('packed', 'subclass')
    compared = compare(str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth'), exact=True)
    states = {value.key: value.state for value in compared.values or ()}
    assert states == {'w': 'identical' if stored else 'unread', 'rest': 'identical'}
    health = inspect(str(tmp_path / 'a.pth'), values=True).health
    assert health is not None and 'w' not in [one.key for one in health.tensors if not stored]
    if not stored:
        with pytest.raises(CheckpointError, match='w'):
            convert(str(tmp_path / 'a.pth'), str(tmp_path / 'c.pth'), UNASKED, Recipe(take=()))
        assert not (tmp_path / 'c.pth').exists()


@pytest.mark.parametrize('name', ['', 'conjugate', 'negative', 'conjugate negative', 'subclass'])
def test_the_hook_verifies_what_loads(tmp_path: Path, name: str) -> None:
    from basicsr_weightcheck.hook.verify import verify

    real = save(tmp_path / 'w.pth', name, False)
    header = read_header(tmp_path / 'w.pth')
    net = Net(SHAPE, real.dtype, True)
    net.load_state_dict({'w': real, 'rest': torch.ones(2)})
    assert verify(net, header, 'params', ['w', 'rest'], {}).equal == ('w', 'rest')
    with torch.no_grad():
        net.w[0, 0] += 1
    assert verify(net, header, 'params', ['w', 'rest'], {}).different == ('w',)
