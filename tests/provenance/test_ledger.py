"""The ledger by itself, under every way of following that it has."""

from __future__ import annotations

import contextlib
import copy
import pickle
from typing import Any, Dict, Iterator, Tuple

import pytest

from basicsr_weightcheck.checkpoint.read import accepted_header
from basicsr_weightcheck.records.sources import FileTensor
from basicsr_weightcheck.rehearsal.following import ledger as ledgers
from basicsr_weightcheck.rehearsal.following.doors import TorchLoad, doors
from basicsr_weightcheck.rehearsal.following.ledger import Ledger
from basicsr_weightcheck.rehearsal.following.provenance import (
    Follower,
    followed_methods,
    following,
    initialisers,
)
from basicsr_weightcheck.rehearsal.following.replay import another
from basicsr_weightcheck.rehearsal.following.shelf import Shelf
from basicsr_weightcheck.rehearsal.surroundings import replaced

pytestmark = pytest.mark.torch
SIZE = 4  # elements of the file's tensor `w`; those of `v` are as many


class Bench:
    """A parameter with values of its own, two tensors of a file, and what is known of them."""

    def __init__(self, follower: Follower) -> None:
        import torch

        self.ledger = follower.ledger
        self.own = torch.nn.Parameter(torch.empty(SIZE).normal_())
        self.file: Dict[str, Any] = {}
        for key in ('w', 'v'):
            self.file[key] = torch.empty(SIZE)
            self.ledger.name(self.file[key], FileTensor('f.pth', 'params', key))

    def said(self, tensor: Any) -> Tuple[str, str, int]:
        source = self.ledger.source('own', tensor)
        return source.kind, ''.join(sorted(one.key for one in source.origins)), source.elements


@pytest.fixture(params=['meta', 'cpu', 'methods'])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    import torch

    follower = Follower(Ledger())
    way = followed_methods if request.param == 'methods' else following
    device = 'meta' if request.param == 'meta' else 'cpu'
    with torch.device(device), way(follower), torch.no_grad():
        yield Bench(follower)
    assert not follower.lost


def test_a_copy_is_whole_in_every_dtype(bench: Bench) -> None:
    bench.own.copy_(bench.file['w'].half().float())
    assert bench.said(bench.own) == ('whole', 'w', SIZE)


def test_a_copy_into_a_slice_is_a_part(bench: Bench) -> None:
    bench.own[1:].copy_(bench.file['w'][1:])
    assert bench.said(bench.own) == ('part', 'w', SIZE - 1)
    bench.own[:1].copy_(bench.file['w'][:1])
    assert bench.said(bench.own) == ('whole', 'w', SIZE)


def test_slices_of_two_tensors_are_put_together(bench: Bench) -> None:
    bench.own[:2].copy_(bench.file['w'][:2])
    bench.own[2:].copy_(bench.file['v'][2:])
    assert bench.said(bench.own) == ('derived', 'vw', SIZE)


def test_arithmetic_makes_derived_tensors(bench: Bench) -> None:
    bench.own.copy_(bench.file['w'] * 0.5)
    assert bench.said(bench.own) == ('derived', 'w', SIZE)
    bench.own.mul_(0.5)
    assert bench.said(bench.own) == ('derived', 'w', SIZE)


def test_a_mixture_with_own_values_is_not_loaded(bench: Bench) -> None:
    bench.own.add_(bench.file['w'])
    assert bench.said(bench.own) == ('part', 'w', 0)


def test_arithmetic_on_a_part_leaves_it_one(bench: Bench) -> None:
    bench.own[:1].copy_(bench.file['w'][:1])
    bench.own.mul_(0.5)
    assert bench.said(bench.own) == ('part', 'w', 1)


def test_an_average_made_from_nothing_is_a_copy(bench: Bench) -> None:
    bench.own.mul_(0).add_(bench.file['w'], alpha=1)
    kind, names, elements = bench.said(bench.own)
    assert kind in ('whole', 'derived') and (names, elements) == ('w', SIZE)


def test_other_ways_into_a_network(bench: Bench) -> None:
    import torch

    other = torch.nn.Parameter(bench.file['v'])
    bench.own.data = bench.file['w']
    assert bench.said(bench.own) == ('whole', 'w', SIZE)
    assert bench.said(other) == bench.said(copy.deepcopy(other)) == ('whole', 'v', SIZE)


def test_values_of_its_own_again(bench: Bench) -> None:
    bench.own.copy_(bench.file['w'])
    bench.own.normal_()
    assert bench.said(bench.own) == ('initial', '', 0)
    bench.own.copy_(bench.file['w'])
    bench.own.zero_()
    assert bench.said(bench.own) == ('initial', '', 0)


def test_numbers_that_change_values_in_place(bench: Bench) -> None:
    for change in ('clamp_', 'mul_', 'add_'):
        bench.own.copy_(bench.file['w'])
        getattr(bench.own, change)(0.5)
        assert bench.said(bench.own) == ('derived', 'w', SIZE), change
    bench.own.zero_()
    assert bench.said(bench.own) == ('initial', '', 0)


def test_what_torch_refuses_is_refused_on_meta() -> None:
    import torch

    follower = Follower(Ledger())
    functions = initialisers(follower.ledger)
    with torch.device('meta'), replaced(functions, ()), following(follower), torch.no_grad():
        wide, narrow = torch.nn.Parameter(torch.empty(3, 3)), torch.nn.Parameter(torch.empty(3))
        for _ in range(2):
            assert torch.nn.init.kaiming_uniform_(wide) is wide
        with pytest.raises(ValueError, match='fewer than 2 dimensions'):
            torch.nn.init.kaiming_uniform_(narrow)
        with pytest.raises(ValueError, match='Mode'):
            torch.nn.init.kaiming_uniform_(wide, mode='nothing')
        with pytest.raises(RuntimeError):
            wide.normal_(0.0, -1.0)
    assert follower.ledger.source('wide', wide).kind == 'initial'


def test_another_of_a_file_shares_nothing_with_the_first(tmp_path: Any) -> None:
    import torch

    whole = torch.arange(6.0)
    table = torch.nn.Conv2d(1, 1, 1).state_dict()  # with its `_metadata`
    table.update(whole=whole, view=whole[2:].reshape(2, 2).t(), tied=whole)
    torch.save({'params': table, 'params_ema': table, 'iter': 5, 'none': None}, tmp_path / 'f.pth')
    first = torch.load(tmp_path / 'f.pth', map_location='meta', weights_only=True)
    second = another(first, {})
    assert second['params'] is second['params_ema'] and type(second['params']) is type(table)
    assert second['params']._metadata == table._metadata
    assert (second['iter'], second['none']) == (5, None)

    def described(loaded: Any) -> Any:
        found = {}
        for key, tensor in loaded['params'].items():
            place = (tensor.storage_offset(), tuple(tensor.size()), tensor.stride())
            found[key] = (tensor.dtype, tensor.device, tensor.requires_grad, place)
        return found

    def storages(loaded: Any) -> Any:
        return {k: v.untyped_storage()._cdata for k, v in loaded['params'].items()}

    assert described(second) == described(first)
    assert not set(storages(second).values()) & set(storages(first).values())
    together = [
        {(a, b) for a, at in found.items() for b, there in found.items() if at == there}
        for found in (storages(first), storages(second))
    ]
    assert together[0] == together[1] and ('whole', 'tied') in together[0]
    with pytest.raises(TypeError):
        another({'sparse': torch.eye(2).to_sparse()}, {})


def test_numbers_of_their_own_accord_on_meta() -> None:
    """torch hands no defaults on: these three are one operation with one argument."""
    import torch

    follower = Follower(Ledger())
    with torch.device('meta'), following(follower):
        one = torch.empty(SIZE)
        for made in (one.uniform_(), one.uniform_(0, 1), one.normal_()):
            assert made is one and follower.ledger.source('own', one).kind == 'initial'
    assert not follower.lost and not follower.met_nothing


def test_an_index_without_values_moves_nothing_unsaid() -> None:
    import torch

    follower = Follower(Ledger())
    with torch.device('meta'), following(follower), torch.no_grad():
        bench = Bench(follower)
        bench.own[torch.tensor([3, 1])] = bench.file['w'][:2]
        assert bench.said(bench.own)[:2] == ('part', 'w')
        assert follower.met_nothing  # and so it is told in memory, where the index has values


def test_an_index_of_a_file_decides() -> None:
    import torch

    follower = Follower(Ledger())
    with following(follower), torch.no_grad():
        bench = Bench(follower)
        bench.own.copy_(torch.where(bench.file['w'] > 1, bench.file['v'], bench.own))
    assert follower.looked_at == ['w']


@pytest.mark.parametrize('safely', [True, False])
@pytest.mark.parametrize('device', ['meta', 'cpu'])
def test_what_shares_a_storage_in_the_file_shares_it(
    device: str, safely: bool, tmp_path: Any
) -> None:
    import torch

    path = str(tmp_path / 'f.pth')
    whole = torch.arange(6.0)
    torch.save({'params': {'w': whole}, 'params_ema': {'w': whole, 'end': whole[4:]}}, path)
    shelf = Shelf({}, Ledger(), device, torch.__version__, accepted_header)
    for _ in range(2):  # the second is made from what is kept of the first
        loaded = TorchLoad(shelf, torch.load, torch.__version__)(path, weights_only=safely)
        first, second = loaded['params']['w'], loaded['params_ema']
        with following(Follower(shelf.ledger)):
            first.normal_()
        assert (first.device.type, second['end'].storage_offset()) == (device, 4)
        for key in ('w',) if safely else ('w', 'end'):  # torch on 'meta' lets views share nothing
            assert shelf.ledger.source(key, second[key]).kind == 'initial'


@pytest.mark.parametrize(
    ('zipped', 'given'),
    [
        (True, {'nonsense': 1}),
        (True, {'weights_only': True, 'pickle_module': pickle}),
        (False, {'mmap': True}),
    ],
)
def test_arguments_that_torch_refuses(zipped: bool, given: Any, tmp_path: Any) -> None:
    import torch

    path = str(tmp_path / 'f.pth')
    torch.save({'w': torch.ones(2)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(Exception) as real:
        torch.load(path, **given)
    shelf = Shelf({}, Ledger(), 'meta', torch.__version__, accepted_header)
    with pytest.raises(real.type):
        TorchLoad(shelf, torch.load, torch.__version__)(path, **given)


def test_what_leaves_no_trace_is_lost(tmp_path: Any) -> None:
    """Copies of numpy's own, and programs, which read by themselves."""
    import numpy
    import torch

    program, arrays = str(tmp_path / 'program.pth'), str(tmp_path / 'a.npz')
    torch.jit.script(torch.nn.Linear(1, 1)).save(program)
    numpy.savez(arrays, w=numpy.ones(5, 'float32'))
    shelf = Shelf({}, Ledger(), 'meta', torch.__version__, accepted_header)
    with replaced(doors(shelf, torch.__version__), ()):
        torch.from_numpy(numpy.ones(5))
        array = numpy.load(arrays)['w']
        torch.from_numpy(array)
        torch.from_numpy(numpy.ones(7))
        assert shelf.lost == []
        torch.from_numpy(numpy.array(array))
        assert shelf.lost == ['from_numpy']
        torch.jit.load(program)
    assert shelf.lost == ['from_numpy', 'program.pth']


def test_a_whole_tensor_in_another_order_is_derived() -> None:
    import torch

    follower = Follower(Ledger())
    with torch.device('meta'), following(follower), torch.no_grad():
        bench = Bench(follower)
        bench.own.copy_(bench.file['w'].flip(0))
        assert bench.said(bench.own) == ('derived', 'w', SIZE)
        bench.own.copy_(bench.file['w'].flip(0).flip(0))
        assert bench.said(bench.own) == ('whole', 'w', SIZE)


def test_what_is_too_large_is_known_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(ledgers, 'MOST_ELEMENTS', SIZE - 1)
    follower = Follower(Ledger())
    with torch.device('meta'), following(follower), torch.no_grad():
        bench = Bench(follower)
        bench.own[1:].copy_(bench.file['w'][1:])
        assert bench.said(bench.own) == ('part', 'w', 0)  # never more than is known
        bench.own.copy_(bench.file['w'])
        assert bench.said(bench.own) == ('whole', 'w', SIZE)


def test_a_defect_of_the_ledger_never_reaches_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    follower = Follower(Ledger())

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(follower.ledger, 'write', broken)
    with contextlib.ExitStack() as stack:
        stack.enter_context(following(follower))
        torch.zeros(2).copy_(torch.ones(2))
    assert 'copy_' in follower.lost
