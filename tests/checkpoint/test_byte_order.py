"""Files of a big-endian machine: the values that torch makes of them, or none."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any, Dict

import pytest

torch = pytest.importorskip('torch')
from basicsr_weightcheck.checkpoint.read import accepted_header, read_header  # noqa: E402
from basicsr_weightcheck.errors import CheckpointError  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings('ignore'),  # complex32 is said to be experimental
    pytest.mark.skipif(sys.byteorder != 'little', reason='made for a little-endian machine'),
]
DTYPES = ('float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'uint8', 'bool',
          'complex64', 'complex128', 'uint16', 'float8_e4m3fn', 'complex32')  # fmt: skip
UNTYPED = ('uint16', 'float8_e4m3fn', 'complex32')  # torch leaves their bytes as they are


def table() -> Dict[str, Any]:
    numbers = torch.arange(1, 13).reshape(3, 4)
    made = {f'w_{name}': numbers.to(getattr(torch, name)) for name in DTYPES}
    return {**made, 'transposed': numbers.float().t()}


def turned(value: Any, name: str) -> Any:
    """The tensor whose bytes on this machine are those of `value` on a big-endian one."""
    width = value.element_size() // (2 if value.is_complex() else 1)
    if name[2:] in UNTYPED or width == 1:
        return value
    flat = value.contiguous().view(-1).view(torch.uint8).view(-1, width).flip(1).reshape(-1)
    made = flat.view(value.dtype).reshape(value.shape)
    return made.t().contiguous().t() if name == 'transposed' else made


@pytest.fixture()
def big(tmp_path: Path) -> str:
    """What torch.save writes on a big-endian machine."""
    plain = tmp_path / 'plain.pth'
    torch.save({'params': {key: turned(value, key) for key, value in table().items()}}, str(plain))
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(tmp_path / 'big.pth', 'w') as target:
        for name in source.namelist():
            data = b'big' if name.endswith('/byteorder') else source.read(name)
            target.writestr(name, data)
    return str(tmp_path / 'big.pth')


class Net(torch.nn.Module):  # type: ignore[name-defined]
    def __init__(self) -> None:
        super().__init__()
        for name, value in table().items():
            self.register_buffer(name, torch.zeros(value.shape, dtype=value.dtype))


def test_torch_reads_what_was_meant(big: str) -> None:
    read = torch.load(big, weights_only=True)['params']
    for name, value in table().items():
        assert torch.equal(read[name].to(torch.complex128), value.to(torch.complex128)), name


def test_header_and_hook(big: str) -> None:
    from basicsr_weightcheck.hook.verify import verify

    header = read_header(big)
    assert header.byte_order == 'big' and dict(header.format_notes)['byteorder'] == 'big'
    net = Net()
    net.load_state_dict(torch.load(big, weights_only=True)['params'])
    found = verify(net, header, 'params', list(table()), {})
    assert (found.equal, found.different, found.unread) == (tuple(table()), (), ())
    for value in net.state_dict().values():
        value[0, 0] = 0 if value.dtype != torch.bool else False
    assert verify(net, header, 'params', list(table()), {}).equal == ()


def test_values_are_those_of_the_same_file_of_this_machine(big: str, tmp_path: Path) -> None:
    from basicsr_weightcheck.workflow.compare import compare
    from basicsr_weightcheck.workflow.inspect import inspect

    torch.save({'params': table()}, str(tmp_path / 'little.pth'))
    compared = compare(big, str(tmp_path / 'little.pth'), exact=True)
    states = {one.key: (one.state, one.max_abs) for one in compared.values or ()}
    # numpy has no float8: its bytes, one to a number, are compared.
    assert all(state == 'identical' or largest == 0 for state, largest in states.values()), states
    other = {key: value + 1 if key == 'w_float32' else value for key, value in table().items()}
    torch.save({'params': other}, str(tmp_path / 'little.pth'))
    compared = compare(big, str(tmp_path / 'little.pth'), exact=True)
    assert {one.key: one.max_abs for one in compared.values or ()}['w_float32'] == 1.0
    health = inspect(big, values=True).health
    assert health is not None and not any(one.nan or one.inf for one in health.tensors)


def test_it_is_not_converted(big: str, tmp_path: Path) -> None:
    from basicsr_weightcheck.records.findings import Recipe
    from basicsr_weightcheck.workflow.convert import UNASKED, convert

    with pytest.raises(CheckpointError, match='big-endian'):
        convert(big, str(tmp_path / 'made.pth'), UNASKED, Recipe(take=()))
    assert not (tmp_path / 'made.pth').exists()


def test_the_rehearsal_does_not_end_the_process(big: str) -> None:
    """torch turns bytes round on meta, and ends with signal 11."""
    from basicsr_weightcheck.rehearsal.following.doors import TorchLoad
    from basicsr_weightcheck.rehearsal.following.ledger import Ledger
    from basicsr_weightcheck.rehearsal.following.shelf import Shelf

    shelf = Shelf({big: read_header(big)}, Ledger(), 'meta', torch.__version__, accepted_header)
    load = TorchLoad(shelf, torch.load, torch.__version__)
    made = load(big, map_location='cpu')['params']
    assert {key: (value.shape, value.dtype) for key, value in made.items()} == {
        key: (value.shape, value.dtype) for key, value in table().items()
    }
