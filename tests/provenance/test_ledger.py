"""The ledger by itself, under every way of following that it has."""

from __future__ import annotations

import contextlib
import copy
from typing import Any, Dict, Iterator, Tuple

import pytest

from basicsr_weightcheck.records.sources import FileTensor
from basicsr_weightcheck.rehearsal.following import ledger as ledgers
from basicsr_weightcheck.rehearsal.following.ledger import Ledger
from basicsr_weightcheck.rehearsal.following.provenance import Follower, followed_methods, following

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
