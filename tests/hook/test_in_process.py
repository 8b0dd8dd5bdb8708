"""The parts of the hook, in this process and without a training."""

from __future__ import annotations

import collections
import logging
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
import torch

import basicsr_weightcheck
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.errors import TrainingStopped
from basicsr_weightcheck.hook.verify import keep, verify
from basicsr_weightcheck.plan.policy import read_policy
from basicsr_weightcheck.records.plans import Policy
from basicsr_weightcheck.rehearsal.module_load import weightless_copy
from tests.helpers import HANG_S

pytestmark = pytest.mark.basicsr


@pytest.fixture
def base() -> Iterator[Any]:
    from tests.agreement.conftest import RepairedBasicsr

    RepairedBasicsr()
    from basicsr.models.base_model import BaseModel

    yield BaseModel
    basicsr_weightcheck.uninstall()


class Small(torch.nn.Module):
    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, width, 3)
        self.norm = torch.nn.BatchNorm2d(width)
        self.scale = torch.nn.Parameter(torch.zeros(()))


def model_of(base: Any, network: Any, **more: Any) -> Any:
    model = base.__new__(base)
    model.opt = {'name': 'x', 'network_g': {'type': 'Small'}, 'path': {}, 'is_train': True, **more}
    model.device = torch.device('cpu')
    model.net_g = network
    return model


def test_install_twice_and_uninstall(base: Any) -> None:
    before = base.load_network, base.save_network
    own = base.__init_subclass__
    basicsr_weightcheck.install()
    wrapped = vars(base)['load_network']
    basicsr_weightcheck.install()
    assert vars(base)['load_network'] is wrapped and base.load_network is not before[0]
    basicsr_weightcheck.uninstall()
    assert (base.load_network, base.save_network) == before
    assert base.__init_subclass__ == own
    basicsr_weightcheck.install()
    assert base.load_network is not before[0]


def test_overrides_are_checked_once(
    base: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: List[str] = []

    def judge(*_: Any) -> str:
        calls.append('x')
        return ''

    monkeypatch.setattr('basicsr_weightcheck.hook.guard._judge', judge)

    class Before(base):
        def load_network(
            self, net: Any, load_path: str, strict: bool = True, param_key: Any = 'params'
        ) -> None:  # noqa: E501
            super().load_network(net, load_path, strict, param_key)

    basicsr_weightcheck.install()

    class After(Before):
        def load_network(
            self, net: Any, load_path: str, strict: bool = True, param_key: Any = 'params'
        ) -> None:  # noqa: E501
            super().load_network(net, load_path, strict, param_key)

    torch.save({'params': Small().state_dict()}, str(tmp_path / 'w.pth'))
    for owner in (Before, After):
        network = Small()
        model_of(owner, network).load_network(network, str(tmp_path / 'w.pth'))
    assert calls == ['x', 'x']


def test_a_wrong_file_stops_and_a_right_one_is_verified(
    base: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    basicsr_weightcheck.install()
    network = Small()
    torch.save({'params': Small(6).state_dict()}, str(tmp_path / 'wrong.pth'))
    torch.save({'params': Small().half().state_dict()}, str(tmp_path / 'half.pth'))
    logger = logging.getLogger('basicsr')
    logger.addHandler(caplog.handler)
    caplog.set_level(logging.INFO, 'basicsr')
    try:
        with pytest.raises(TrainingStopped):
            model_of(base, network).load_network(network, str(tmp_path / 'wrong.pth'))
        with pytest.raises(TrainingStopped):
            model_of(base, network).load_network(network, str(tmp_path / 'gone.pth'))
        model_of(base, network).load_network(network, str(tmp_path / 'half.pth'))
    finally:
        logger.removeHandler(caplog.handler)
    assert 'net_g verified, 8 of 8 tensors' in caplog.text


def state_with(table: Dict[str, Any], path: Path, **options: Any) -> Any:
    torch.save({'params': table}, str(path), **options)
    return read_header(str(path))


@pytest.mark.parametrize('legacy', [False, True])
def test_verification_finds_every_kind_of_difference(tmp_path: Path, legacy: bool) -> None:
    network = Small()
    table = {k: v.clone() for k, v in network.state_dict().items()}
    table['conv.weight'] = table['conv.weight'].double()
    table['norm.weight'] = torch.ones(8)[::2]
    table['norm.bias'] = torch.full((4,), float('nan'))
    network.load_state_dict(table)
    options = {'_use_new_zipfile_serialization': not legacy}
    header = state_with(table, tmp_path / 'w.pth', **options)
    keys = list(table)
    assert verify(network, header, 'params', keys, {}).holds
    kept = keep(network, ['scale'])
    with torch.no_grad():
        network.conv.weight[0, 0, 0, 0] += 1e-3
        network.scale += 1
    result = verify(network, header, 'params', [k for k in keys if k != 'scale'], kept)
    assert result.different == ('conv.weight',) and result.touched == ('scale',)
    assert not result.holds and len(result.equal) == len(keys) - 2
    assert verify(network, header, 'params', ['not.there'], {}).unread == ('not.there',)


def test_module_prefixes_and_channels_last(tmp_path: Path) -> None:
    network = Small()
    table = {f'module.{k}': v.clone() for k, v in network.state_dict().items()}
    header = state_with(table, tmp_path / 'w.pth')
    network.to(memory_format=torch.channels_last)
    assert verify(network, header, 'params', list(network.state_dict()), {}).holds


def test_the_shadow_has_no_weights_and_the_same_names() -> None:
    network = Small()
    network.tied = network.conv
    shadow = weightless_copy(network)
    assert all(p.device.type == 'meta' for p in shadow.parameters())
    assert list(shadow.state_dict()) == list(network.state_dict())
    assert shadow.tied is shadow.conv and network.conv.weight.device.type == 'cpu'


def test_a_network_that_cannot_be_copied_is_predicted(
    base: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    basicsr_weightcheck.install()
    network = Small()
    network.lock = __import__('threading').Lock()
    torch.save({'params': Small(6).state_dict()}, str(tmp_path / 'wrong.pth'))
    torch.save({'params': Small().state_dict()}, str(tmp_path / 'right.pth'))
    logger = logging.getLogger('basicsr')
    logger.addHandler(caplog.handler)
    caplog.set_level(logging.INFO, 'basicsr')
    try:
        with pytest.raises(TrainingStopped):
            model_of(base, network).load_network(network, str(tmp_path / 'wrong.pth'))
        model_of(base, network).load_network(network, str(tmp_path / 'right.pth'))
    finally:
        logger.removeHandler(caplog.handler)
    assert 'the load is predicted' in caplog.text and 'net_g verified, 8 of 8' in caplog.text
    told = re.findall('WC507 The load was predicted from the header: (.*)', caplog.text)
    assert len(told) == 2 and all("cannot pickle '_thread.lock' object" in one for one in told)


def test_policies() -> None:
    assert read_policy({}, {}) == (Policy(), ())
    given = {'weightcheck': {'on_error': 'warn', 'min_loaded': 0.9, 'reports': ['json']}}
    policy, problems = read_policy(given, {'WEIGHTCHECK_ON_ERROR': 'stop'})
    assert (policy.on_error, policy.min_loaded, policy.reports) == ('stop', 0.9, ('json',))
    assert problems == ()
    for wrong in (3, {'on_error': 'no'}, {'min_loaded': 2}, {'reports': ['x']}, {'align_ema': 1}):
        policy, problems = read_policy({'weightcheck': wrong}, {})
        assert policy == Policy() and len(problems) == 1


def test_no_rank_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    import types
    from datetime import timedelta

    from basicsr_weightcheck.hook import ranks

    store = torch.distributed.TCPStore(
        '127.0.0.1', 0, 1, is_master=True, timeout=timedelta(seconds=HANG_S)
    )
    for place in (0, 1):
        fake = types.SimpleNamespace(
            get_world_size=lambda: 2,
            get_rank=lambda place=place: place,
            distributed_c10d=types.SimpleNamespace(_get_default_store=lambda: store),
        )
        monkeypatch.setattr(ranks, '_distributed', lambda fake=fake: fake)
        monkeypatch.setattr(ranks, '_told', collections.Counter())
        assert ranks.broadcast('1', {'stop': 'x'} if place == 0 else None) == {'stop': 'x'}
    monkeypatch.setattr(ranks, 'WAIT_S', 0.5)
    with pytest.raises(RuntimeError):
        ranks.broadcast('1', None)  # rank 0 never says anything to the second call


def test_the_width_of_the_file_is_named(
    base: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """The live network cannot be built again: the options come from the shapes alone."""
    from basicsr.archs.edsr_arch import EDSR

    monkeypatch.chdir(tmp_path)
    torch.save({'params': EDSR(3, 3, num_feat=16, num_block=2).state_dict()}, 'wide.pth')
    section = {'type': 'EDSR', 'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2}
    model = model_of(base, EDSR(3, 3, num_feat=8, num_block=2), network_g=section)
    basicsr_weightcheck.install()
    with pytest.raises(TrainingStopped) as stopped:
        model.load_network(model.net_g, 'wide.pth')
    assert 'WC305' in str(stopped.value)


class Headed(torch.nn.Module):
    """Four small layers, and a head with most of the parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.Sequential(*(torch.nn.Conv2d(3, 3, 3) for _ in range(4)))
        self.head = torch.nn.Linear(3, 900)


@pytest.mark.parametrize('least, stops', [(0.5, True), (0.2, False)])
def test_min_loaded_counts_weights_and_may_be_lower(
    base: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, least: float, stops: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    table = {k: v for k, v in Headed().state_dict().items() if k.startswith('head.')}
    torch.save({'params': table}, 'head.pth')
    model = model_of(base, Headed(), weightcheck={'min_loaded': least})
    basicsr_weightcheck.install()
    if not stops:
        model.load_network(model.net_g, 'head.pth', False)
        assert torch.equal(model.net_g.head.weight, table['head.weight'])
        return
    with pytest.raises(TrainingStopped, match='WC203'):
        model.load_network(model.net_g, 'head.pth', False)
