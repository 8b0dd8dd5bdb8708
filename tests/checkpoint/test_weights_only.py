"""What torch refuses is told without torch: held against the installed one."""

from __future__ import annotations

import argparse
import collections
import datetime
import decimal
import functools
import pathlib
import re
import warnings
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import file_troubles
from basicsr_weightcheck.checkpoint.pickles.weights_only import (
    ALLOWED_SINCE,
    ALWAYS_ALLOWED,
    called_globals,
    dangerous_globals,
    is_refused,
    modern_name,
    refused_globals,
)
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.records.tensors import CheckpointHeader, FileDict, ForeignObject

pytestmark = pytest.mark.torch


def _quantized() -> Any:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # deprecated, and still in files
        return torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.qint8)


def _objects() -> Dict[str, Callable[[], Any]]:
    import numpy as np
    import torch

    net = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.BatchNorm2d(1))
    return {
        'tensor': lambda: torch.zeros(2),
        'parameter': lambda: torch.nn.Parameter(torch.zeros(2)),
        'half': lambda: torch.zeros(2, dtype=torch.bfloat16),
        'float8': lambda: torch.zeros(2).to(torch.float8_e4m3fn),
        'uint16': lambda: torch.zeros(2, dtype=torch.uint16),
        'sparse': lambda: torch.eye(2).to_sparse(),
        'quantized': _quantized,
        'state dict': net.state_dict,
        'optimizer': lambda: torch.optim.Adam(net.parameters()).state_dict(),
        'scheduler': lambda: torch.optim.lr_scheduler.MultiStepLR(
            torch.optim.SGD(net.parameters(), 0.1), [1, 2]
        ).state_dict(),
        'plain values': lambda: {'a': 1, 'b': [1.5, None, True], 'c': ('x', b'bytes'), 'd': {1, 2}},
        'size': lambda: torch.Size([1, 2]),
        'device': lambda: torch.device('cpu'),
        'dtype': lambda: torch.float16,
        'layout': lambda: torch.strided,
        'complex': lambda: 1 + 2j,
        'bytearray': lambda: bytearray(b'x'),
        'counter': lambda: collections.Counter('aab'),
        'ordered': lambda: collections.OrderedDict(a=1),
        'defaultdict': lambda: collections.defaultdict(list),
        'deque': lambda: collections.deque([1]),
        'frozenset': lambda: frozenset([1]),
        'numpy scalar': lambda: np.float64(3),
        'numpy array': lambda: np.zeros(2),
        'numpy random state': lambda: np.random.RandomState(0).get_state(),
        'namespace': lambda: argparse.Namespace(a=1),
        'path': lambda: pathlib.PurePosixPath('x'),
        'date': lambda: datetime.date(2020, 1, 1),
        'decimal': lambda: decimal.Decimal('1'),
        'slice': lambda: slice(1, 2),
        'range': lambda: range(3),
        'partial': lambda: functools.partial(int, 3),
        'function': lambda: len,
        'class': lambda: argparse.Namespace,
        'network': lambda: net,
        'bits': lambda: torch.int4,
    }


UNREADABLE_LEGACY = ('float8', 'uint16')  # torch cannot read them back
NAMES = sorted(_objects())
GRID = [(name, new) for name in NAMES for new in (True, False)
        if new or name not in UNREADABLE_LEGACY]  # fmt: skip
PROTOCOLS = [0, 2, 3, 4, 5]


def _torch_refuses(path: str) -> str:
    """What the installed torch says, '' where it loads the file."""
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            torch.load(path, weights_only=True, map_location='cpu')
    except Exception as error:
        return str(error) or type(error).__name__
    return ''


def _version() -> str:
    import torch

    return str(torch.__version__)


@pytest.mark.parametrize('name, new', GRID)
def test_the_verdict_and_the_name_are_those_of_torch(tmp_path: Path, name: str, new: bool) -> None:
    import torch

    path = str(tmp_path / 'a.pth')
    saved = {'params': {'w': torch.zeros(2)}, 'extra': _objects()[name]()}
    torch.save(saved, path, _use_new_zipfile_serialization=new)
    said = _torch_refuses(path)
    header = read_header(path)
    refused = refused_globals(header, _version())
    assert is_refused(header, _version()) == bool(said), said[-300:]
    named = re.search(r'GLOBAL (\S+) was', said)
    if named:
        assert modern_name(refused[0].name).replace('builtins.', '') == named.group(1)
        assert str(refused[0].place).startswith('extra')


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_other_protocols_than_the_default(tmp_path: Path, protocol: int) -> None:
    import torch

    path = str(tmp_path / 'a.pth')
    torch.save(
        {'params': {'w': torch.zeros(2), 'v': torch.ones(3)}}, path, pickle_protocol=protocol
    )
    said = _torch_refuses(path)
    header = read_header(path)
    assert is_refused(header, _version()) == bool(said)
    if 'Unsupported operand' in said:
        assert f'Unsupported operand {header.odd_step}' in said


def test_the_table_is_that_of_the_installed_torch() -> None:
    from torch._weights_only_unpickler import _get_allowed_globals

    assert ALWAYS_ALLOWED | set(ALLOWED_SINCE) == set(_get_allowed_globals())


def _header(*names: str) -> CheckpointHeader:
    foreign = tuple(ForeignObject(name, 'x') for name in names)
    return CheckpointHeader('a', 'torch-zip', 1, FileDict(()), names, foreign=foreign)


@pytest.mark.parametrize('name, version, refused', [
    ('builtins.set', '2.4.1', True), ('builtins.set', '2.5.1', True),
    ('builtins.set', '2.6.0', False),
    ('__builtin__.set', '2.6.0', False), ('_codecs.encode', '2.4.1', True),
    ('_codecs.encode', '2.5.0', False), ('torch.int4', '2.6.0', True),
    ('torch.int4', '2.7.1', False),
    *((f'torch.uint{bits}', '2.6.0', True) for bits in range(1, 8)),
    *((f'torch.uint{bits}', '2.7.0', False) for bits in range(1, 8)),
    ('torch.float4_e2m1fn_x2', '2.7.1', True), ('torch.float4_e2m1fn_x2', '2.13.0+cpu', False),
    ('numpy.core.multiarray.scalar', '2.13.0', True), ('torch.uint16', '2.5.1', True),
    ('torch._utils._rebuild_device_tensor_from_numpy', '2.4.1', True),
    ('torch._utils._rebuild_device_tensor_from_numpy', '2.5.0', False),
    ('builtins.complex', '2.5.1', True), ('builtins.complex', '2.6.0', False),
    ('torch.float8_e8m0fnu', '2.6.0', True), ('torch.float8_e8m0fnu', '2.7.0', False),
])  # fmt: skip
def test_versions(name: str, version: str, refused: bool) -> None:
    assert bool(refused_globals(_header(name), version)) is refused


@pytest.mark.parametrize('version, called', [
    ('1.13.1', ('os.system',)), ('2.5.1', ('os.system',)), ('2.6.0', ()), ('2.13.0+cpu', ()),
])  # fmt: skip
def test_old_torch_calls_what_new_torch_refuses(version: str, called: Any) -> None:
    header = _header('os.system', 'collections.Counter')
    assert called_globals(header, version) == called
    assert refused_globals(header, version)[0].name == 'os.system'


@pytest.mark.parametrize('torch_version, numpy_version, words', [
    ('2.13.0', '2.4.6', ['the installed torch 2.13.0 does;', 'numpy 2.4.6 can load']),
    ('2.4.1', '1.26.4', ['the installed torch 2.4.1 does not', 'numpy 1.26.4 cannot load']),
    (None, None, ['no torch is installed', 'no numpy is installed']),
    ('1.5.0', None, ['torch before 1.6']),
])  # fmt: skip
def test_the_environment_is_named(torch_version: Any, numpy_version: Any, words: Any) -> None:
    header = _header('numpy._core.multiarray.scalar')
    said = ' '.join(file_troubles(header, torch_version, numpy_version).sentences)
    assert 'numpy._core.multiarray.scalar (beside the weights, in x)' in said
    for word in words:
        assert word.rstrip(';') in said, said


@pytest.mark.parametrize('name, version, advised', [
    ('fork.Config', None, True), ('fork.Config', '1.13.1', True),
    ('fork.Config', '2.13.0', True), ('os.system', None, True),
    ('numpy.dtype', '2.13.0', True), ('numpy.dtype', '1.13.1', False),
    ('collections.Counter', '2.13.0', False),
])  # fmt: skip
def test_advice_where_a_name_is_no_data_or_torch_refuses_it(
    name: str, version: Any, advised: bool
) -> None:
    assert bool(file_troubles(_header(name), version, None).advice) is advised


def test_a_whole_network_is_named(tmp_path: Path) -> None:
    import torch

    path = str(tmp_path / 'a.pth')
    torch.save(torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1)), path)
    (one, *_) = read_header(path).foreign
    assert one.is_module and one.place == ''
    assert 'a whole network' in ' '.join(file_troubles(read_header(path), '2.13.0', None).sentences)


@pytest.mark.parametrize('name', [name for name in NAMES if name != 'function'])
def test_what_trainings_save_is_no_danger(tmp_path: Path, name: str) -> None:
    import torch

    path = str(tmp_path / 'a.pth')
    torch.save({'params': {'w': torch.zeros(2)}, 'extra': _objects()[name]()}, path)
    assert dangerous_globals(read_header(path).globals) == ()


def test_a_partial_is_as_dangerous_as_what_it_calls(tmp_path: Path) -> None:
    import torch

    path = str(tmp_path / 'a.pth')
    torch.save({'extra': functools.partial(eval, '1')}, path)
    found = dangerous_globals(read_header(path).globals)
    assert len(found) == 1 and found[0].endswith('.eval')
