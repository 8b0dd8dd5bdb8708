"""Loads of a live model, in this process: what is said of each is what the framework does."""

from __future__ import annotations

import contextlib
import functools
import logging
import math
import random
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, List

import numpy
import pytest
import torch

import basicsr_weightcheck
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.errors import TrainingStopped
from basicsr_weightcheck.hook import examine as understudy
from basicsr_weightcheck.hook import guard, install, verify
from basicsr_weightcheck.rehearsal.following.ledger import Ledger
from basicsr_weightcheck.rehearsal.following.provenance import Follower, following
from tests.hook.test_in_process import Small, base, model_of  # noqa: F401

pytestmark = pytest.mark.basicsr

Table = Dict[str, Any]
READS_S = 0.002  # between two reads beside a load, which takes a hundred times as long


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[List[logging.LogRecord]]:
    """What the hook logs, in a folder of the test's own."""
    records: List[logging.LogRecord] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('sys.argv', ['train.py'])
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    logger, handler = logging.getLogger('basicsr'), Handler()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    basicsr_weightcheck.install()
    yield records
    logger.removeHandler(handler)
    basicsr_weightcheck.uninstall()


def text(records: List[logging.LogRecord]) -> str:
    return '\n'.join(record.getMessage() for record in records)


def state(width: int = 4, **changes: Any) -> Table:
    torch.manual_seed(0)
    network = Small(width)
    torch.nn.init.ones_(network.scale)
    return {**network.state_dict(), **changes}


def without(table: Table, *names: str) -> Table:
    return {key: value for key, value in table.items() if key not in names}


# -- each network by itself ------------------------------------------------------------------------


def test_each_network_has_its_own_outcomes(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """params fits wholly, params_ema does not: strict true would stop the second load alone."""
    part = without(state(), 'conv.bias')
    torch.save({'params': state(), 'params_ema': part}, 'both.pth')
    reports: Dict[str, Any] = {}
    real = guard.examine  # type: ignore[attr-defined]

    def noted(call: Any, least: float) -> Any:
        found = real(call, least)
        reports[found.step.network] = found.report
        return found

    monkeypatch.setattr(guard, 'examine', noted)
    paths = {'pretrain_network_g': 'both.pth', 'strict_load_g': False}
    options = {'train': {'ema_decay': 0.999}, 'path': paths}
    model = model_of(base, Small(), **options)
    model.net_g_ema = Small()
    model.load_network(model.net_g, 'both.pth', False, 'params')
    model.load_network(model.net_g_ema, 'both.pth', False, 'params_ema')
    basicsr_weightcheck.uninstall()
    for report in reports.values():
        assert [load.step.network for load in report.loads] == ['net_g', 'net_g_ema']
        for load in report.loads:
            for strict, outcome in ((True, load.strict_true), (False, load.strict_false)):
                fresh = Small()
                try:  # the untouched method, on real tensors
                    model.load_network(fresh, 'both.pth', strict, load.step.key_configured)
                    loads = True
                except RuntimeError:
                    loads = False
                assert outcome.loads is loads, (load.step.network, strict)
        # One option stands for both networks: nobody is told to make it true.
        edits = report.recommendation.edits
        assert not any(e.option == 'path.strict_load_g' and e.after is True for e in edits)


def test_a_model_with_a_loader_of_its_own_is_watched(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """Under another name, with a table of names of its own (as DASR has it)."""

    class Own(base):
        def load_initial(self, network: Any, weight_path: str) -> None:
            table = torch.load(weight_path, map_location='cpu')['params']
            network.load_state_dict({k[4:]: v for k, v in table.items()}, strict=False)

    torch.save({'params': {f'net.{k}': v for k, v in state().items()}}, 'own.pth')
    torch.save({'params': state()}, 'plain.pth')
    model = model_of(Own, Small())
    model.load_initial(model.net_g, 'own.pth')
    assert 'net_g verified, 8 of 8 tensors' in text(said)
    with pytest.raises(TrainingStopped, match='WC202'):
        model.load_initial(model.net_g, 'plain.pth')


def test_a_trial_leaves_the_live_model_alone(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """The method fills what the model holds, whatever network it is given, and notes its calls."""

    class Counter:
        loads = 0

    class Counting(base):
        def load_network(
            self, net: Any, load_path: str, strict: bool = True, param_key: str = 'params'
        ) -> None:
            self.calls.append(load_path)
            self.count = len(self.calls)
            self.notes['by file'][0].append(load_path)
            self.counter.loads += 1
            table = torch.load(load_path, map_location='cpu')[param_key]
            self.net_g.load_state_dict(table, strict=strict)

    torch.save({'params': state()}, 'good.pth')
    model = model_of(Counting, Small())
    model.calls, model.count = [], 0
    model.notes, model.counter = {'by file': ([],)}, Counter()
    model.load_network(model.net_g, 'good.pth')
    assert model.calls == ['good.pth'] and model.count == 1
    assert model.notes == {'by file': (['good.pth'],)} and model.counter.loads == 1
    assert 'net_g verified, 8 of 8 tensors' in text(said)


def test_a_loader_that_asks_for_values_is_no_load_that_stops(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """It is tried once more with the values of network and file, in copies."""

    class Asking(base):
        def load_network(
            self, net: Any, load_path: str, strict: bool = True, param_key: str = 'params'
        ) -> None:
            table = torch.load(load_path, map_location='cpu')[param_key]
            if float(table['scale']) == 1.0:  # decides what is loaded
                super().load_network(net, load_path, strict, param_key)
            assert not any(torch.isnan(one).any() for one in net.parameters())
            self.norm = float(net.conv.weight.detach().numpy().sum())
            for mine, theirs in zip(self.net_g_ema.parameters(), net.parameters()):
                mine.data.mul_(0.5).add_(theirs.data, alpha=0.5)
            self.nets['d'].load_state_dict(net.state_dict())

    torch.save({'params': state()}, 'good.pth')
    made = []
    for hooked in (True, False):
        torch.manual_seed(1)
        model = model_of(Asking, Small())
        model.net_g_ema, model.nets, model.norm = Small(), {'d': Small()}, 0.0
        model.load_network(model.net_g, 'good.pth')
        made.append([model.net_g, model.net_g_ema, model.nets['d']])
        if hooked:
            basicsr_weightcheck.uninstall()
    assert 'net_g verified, 8 of 8 tensors' in text(said) and 'WC' not in text(said)
    for one, other in zip(*made):
        for key, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[key]), key


def test_a_device_means_the_same_after_a_trial(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """torch remembers which functions make tensors: not those that a trial has lent."""
    from torch.utils import _device

    _device._device_constructors.cache_clear()
    torch.save({'params': state()}, 'good.pth')
    model = model_of(base, Small())
    model.load_network(model.net_g, 'good.pth')
    with torch.device('meta'):
        made = [torch.tensor([1]), torch.as_tensor([1]), torch.empty(1)]
    assert all(one.is_meta for one in made) and 'net_g verified' in text(said)


def test_a_file_that_only_real_tensors_refuse_stops(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    sparse = state()['conv.weight'].to_sparse()
    torch.save({'params': {**state(), 'conv.weight': sparse}}, 'sparse.pth')
    model = model_of(base, Small())
    with pytest.raises(TrainingStopped, match='WC241'):
        model.load_network(model.net_g, 'sparse.pth')


@pytest.mark.parametrize('in_a_thread', [False, True])
def test_a_load_within_a_load_has_an_answer_of_its_own(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    monkeypatch: pytest.MonkeyPatch,
    *,
    in_a_thread: bool,
) -> None:
    """The parent's method, called in a thread, is a part of the call; another network is none."""

    class Both(base):
        other = 'good.pth'

        def load_both(self, net: Any, load_path: str, strict: bool = True) -> None:
            load = super().load_network
            if in_a_thread:
                reader = threading.Thread(target=load, args=(net, load_path, strict))
                reader.start()
                reader.join()
            else:
                load(net, load_path, strict)
            load(self.net_d, self.other, False)

    monkeypatch.setattr(guard, 'LOCK_S', 0.0)  # who waits for itself would say so
    torch.save({'params': state()}, 'good.pth')
    torch.save({'params': {f'net_d.{key}': one for key, one in state().items()}}, 'prefix.pth')
    model = model_of(Both, Small())
    model.net_d = Small()
    model.load_both(model.net_g, 'good.pth')
    for network in ('net_g', 'net_d'):
        assert f'{network} verified, 8 of 8 tensors' in text(said)
    assert 'not checked' not in text(said)
    model.other = 'prefix.pth'
    with pytest.raises(TrainingStopped, match='net_d from prefix.pth'):
        model.load_both(model.net_g, 'good.pth')


def test_a_loader_of_a_class_that_is_mixed_in_is_watched(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    class Mixed:
        def load_network(self, net: Any, load_path: str, param_key: str = 'params') -> None:
            net.load_state_dict(torch.load(load_path)[param_key], strict=False)

    class Own(Mixed, base):
        pass

    torch.save({'params': {f'net.{key}': one for key, one in state().items()}}, 'prefix.pth')
    model = model_of(Own, Small())
    with pytest.raises(TrainingStopped, match='WC209'):
        model.load_network(model.net_g, 'prefix.pth')


def test_a_trial_draws_no_random_number_of_the_training(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """A method that starts a tensor anew: with the hook it gets the values that it gets without."""

    class Anew(base):
        def load_network(
            self, net: Any, load_path: str, strict: bool = True, param_key: str = 'params'
        ) -> None:
            super().load_network(net, load_path, strict, param_key)
            self.drawn = [random.random(), torch.rand(1, device='cpu').clone()]
            values = numpy.random.randn(*net.conv.bias.shape).astype('float32')
            net.conv.bias.data.copy_(torch.from_numpy(values))

    def loaded() -> List[float]:
        random.seed(1)
        numpy.random.seed(1)
        torch.manual_seed(1)
        model = model_of(Anew, Small())
        model.load_network(model.net_g, 'good.pth')
        bias = model.net_g.conv.bias.flatten().tolist()
        return [*map(float, model.drawn), *bias, random.random(), float(torch.rand(1))]

    torch.save({'params': state()}, 'good.pth')
    watched = loaded()
    (line,) = (one for one in text(said).splitlines() if 'NOT verified' in one)
    assert line.endswith('; 1 hold what the model itself made of them (first: conv.bias)')
    basicsr_weightcheck.uninstall()
    assert watched == loaded()


def test_what_only_a_whole_constructor_tells_is_not_said_of_a_single_load(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """A second network takes the file of net_g's option, which has been loaded already."""
    torch.save({'params': state()}, 'good.pth')
    torch.save({'params': state()}, 'other.pth')
    paths = {'pretrain_network_g': 'good.pth', 'pretrain_network_d': 'later.pth'}
    model = model_of(base, Small(), path=paths)
    model.load_network(model.net_g, 'good.pth', True, 'params')
    model.net_t = Small()
    model.load_network(model.net_t, 'other.pth', True, 'params')
    assert 'WC431' not in text(said) and text(said).count(' verified, 8 of 8 tensors') == 2


# -- values ----------------------------------------------------------------------------------------

NAN = torch.full((4,), float('nan'))


@pytest.mark.parametrize(
    'changes, code',
    [
        ({'conv.bias': NAN}, 'WC602'),
        ({'norm.running_var': -NAN.nan_to_num(nan=float('inf'))}, 'WC603'),
        ({key: torch.zeros_like(value) for key, value in Small().state_dict().items()}, 'WC604'),
        ({key: torch.zeros_like(value) for key, value in Small().named_parameters()}, 'WC604'),
    ],
)
def test_values_that_cannot_be_trained_from_stop(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    changes: Table,
    code: str,
) -> None:
    torch.save({'params': state(**changes)}, 'bad.pth')
    model = model_of(base, Small())
    with pytest.raises(TrainingStopped, match=code):
        model.load_network(model.net_g, 'bad.pth')
    levels = {record.levelno for record in said if code in record.getMessage()}
    assert levels == {logging.ERROR}
    trusting = model_of(base, Small(), weightcheck={'check_values': False})
    trusting.load_network(trusting.net_g, 'bad.pth')


def test_a_mask_that_is_infinite_by_design_is_right(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    class Masked(Small):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer('mask', torch.tensor([0.0, float('-inf')]))

    torch.manual_seed(0)
    torch.save({'params': Masked().state_dict()}, 'masked.pth')
    model = model_of(base, Masked())
    model.load_network(model.net_g, 'masked.pth')
    assert 'net_g verified' in text(said)


def test_huge_values_and_odd_dtypes_are_numbers(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """A sum that overflows is no infinite value."""
    huge = torch.full((4, 3, 3, 3), 3e38)
    torch.save({'params': state(**{'conv.weight': huge})}, 'huge.pth')
    model = model_of(base, Small())
    model.load_network(model.net_g, 'huge.pth')
    assert 'could not' not in text(said)
    half = model_of(base, Small().half())  # there it is one
    with pytest.raises(TrainingStopped, match='WC603'):
        half.load_network(half.net_g, 'huge.pth')


# -- another file in its place ---------------------------------------------------------------------


@pytest.mark.parametrize('strict', [True, False])
def test_a_file_that_was_replaced_is_judged_again(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    monkeypatch: pytest.MonkeyPatch,
    *,
    strict: bool,
) -> None:
    """What comes in its place holds too little; without strict the framework says nothing."""
    torch.save({'params': state()}, 'moving.pth')
    other = {'params': {f'x.{k}': v for k, v in state().items()}}
    real = guard.examine  # type: ignore[attr-defined]

    def replacing(call: Any, least: float) -> Any:
        found = real(call, least)
        monkeypatch.setattr(guard, 'examine', real)
        torch.save(other, 'moving.pth')
        return found

    monkeypatch.setattr(guard, 'examine', replacing)
    model = model_of(base, Small())
    with pytest.raises(RuntimeError if strict else TrainingStopped):
        model.load_network(model.net_g, 'moving.pth', strict)
    if not strict:
        assert 'moving.pth changed while it was loaded' in text(said)


# -- how much is enough ----------------------------------------------------------------------------


def test_a_load_of_nothing_is_not_called_verified(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    torch.save({'params': {f'net_g.{key}': value for key, value in state().items()}}, 'other.pth')
    model = model_of(base, Small(), weightcheck={'on_error': 'warn'})
    model.load_network(model.net_g, 'other.pth', False)
    assert 'net_g got nothing: none of its 8 tensors' in text(said)
    assert ' verified' not in text(said)


def test_a_file_that_is_removed_behind_its_load_stops_nothing(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:

    class Tidy(base):
        def load_network(
            self, net: Any, load_path: str, strict: bool = True, param_key: str = 'params'
        ) -> None:
            super().load_network(net, load_path, strict, param_key)
            if net.conv.weight.device.type != 'meta':
                Path(load_path).unlink()

    torch.save({'params': state()}, 'good.pth')
    model = model_of(Tidy, Small())
    model.load_network(model.net_g, 'good.pth')
    assert 'net_g cannot be verified' in text(said)


class Wide(torch.nn.Module):
    """A stem with one in a hundred parameters, and 98 layers that are like it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(3, 3) for _ in range(100))


@pytest.mark.parametrize(
    'layers, least, code',
    [(2, 0.01, ''), (2, 0.5, 'WC212'), (60, 0.5, ''), (60, 0.7, 'WC203'), (99, 1.0, 'WC203')],
)
def test_min_loaded_decides_both_ways(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    *,
    layers: int,
    least: float,
    code: str,
) -> None:
    table = {
        key: value for key, value in Wide().state_dict().items() if int(key.split('.')[1]) < layers
    }
    torch.save({'params': table}, 'stem.pth')
    model = model_of(base, Wide(), weightcheck={'min_loaded': least})
    stops = pytest.raises(TrainingStopped, match=code) if code else contextlib.nullcontext()
    with stops:
        model.load_network(model.net_g, 'stem.pth', False)
    assert code in text(said) and (code or 'WC203' not in text(said))


# -- threads ---------------------------------------------------------------------------------------


def test_loads_in_several_threads(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """Every load is judged by itself, and who reads files beside it gets the real tensors."""
    good = state()  # once: it draws what the seed of the whole process gives
    torch.save({'params': good}, 'good.pth')
    torch.save({'params': state(6)}, 'bad.pth')
    wrong: List[str] = []
    ended = threading.Event()

    rounds = {'good.pth': 3, 'bad.pth': 1}  # what stops has asked a child first, for seconds

    def train(path: str) -> None:
        for _ in range(rounds[path]):
            model = model_of(base, Small())
            with contextlib.suppress(TrainingStopped):
                model.load_network(model.net_g, path)
                loaded = torch.equal(model.net_g.conv.weight, good['conv.weight'])
                if path == 'bad.pth' or not loaded:
                    wrong.append(path)

    def read() -> None:
        while not ended.wait(READS_S):
            table, network = torch.load('good.pth')['params'], Small()
            network.load_state_dict(table)
            weights = table['conv.weight'].to('cpu')
            if weights.device.type != 'cpu' or not torch.equal(network.conv.weight, weights):
                wrong.append('a reader got a trial')

    reader = threading.Thread(target=read)
    loads = [threading.Thread(target=train, args=(p,)) for p in ('good.pth', 'bad.pth') * 2]
    for thread in (reader, *loads):
        thread.start()
    for thread in loads:
        thread.join()
    ended.set()
    reader.join()
    assert not wrong
    assert text(said).count('net_g verified') == 6
    assert text(said).count('stops the training') == 2


def test_a_loader_that_reads_in_a_thread_of_its_own(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
) -> None:
    """Its thread belongs to the trial, too: what it reads is followed."""

    class Reading(base):
        def load_network(self, net: Any, load_path: str, strict: bool = True) -> None:
            tables: List[Table] = []
            reader = threading.Thread(target=lambda: tables.append(torch.load(load_path)))
            reader.start()
            reader.join()
            net.load_state_dict(tables[0], strict=strict)

    torch.save(state(), 'good.pth')
    model = model_of(Reading, Small())
    model.load_network(model.net_g, 'good.pth')
    assert 'net_g verified, 8 of 8 tensors' in text(said)


def test_a_load_in_a_thread_within_a_load_does_not_wait_for_it(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would wait for a load that waits for it."""
    monkeypatch.setattr(guard, 'LOCK_S', 0.0)

    class Both(base):
        def load_network(
            self, net: Any, load_path: str, strict: bool = True, param_key: str = 'params'
        ) -> None:
            super().load_network(net, load_path, strict, param_key)
            if net is self.net_g:
                other = threading.Thread(target=self.load_network, args=(self.net_d, load_path))
                other.start()
                other.join()

    torch.save({'params': state()}, 'good.pth')
    model = model_of(Both, Small())
    model.net_d = Small()
    model.load_network(model.net_g, 'good.pth')
    assert torch.equal(model.net_d.conv.weight, state()['conv.weight'])
    for name in ('net_g', 'net_d'):
        assert f'{name} verified, 8 of 8 tensors' in text(said)


# -- networks whose load nobody has seen -----------------------------------------------------------


def _loose(self: Any, net: Any, load_path: str) -> None:
    net.load_state_dict(torch.load(load_path)['params'], strict=False)


def _as_static(base: Any) -> Any:  # noqa: F811
    class Model(base):
        @staticmethod
        def load_network(net: Any, load_path: str) -> None:
            _loose(None, net, load_path)

    return Model


def _as_partial(base: Any) -> Any:  # noqa: F811
    class Model(base):
        load_network = functools.partialmethod(_loose)

    return Model


def _as_decorated(base: Any) -> Any:  # noqa: F811
    class Model(base):
        def load_network(self, *args: Any, **kwargs: Any) -> None:
            _loose(self, *args, **kwargs)

    return Model


def _as_set_later(base: Any) -> Any:  # noqa: F811
    class Model(base):
        pass

    Model.load_network = _loose
    return Model


def _as_set_on_the_object(base: Any) -> Any:  # noqa: F811
    class Model(base):
        def __getattribute__(self, name: str) -> Any:
            if name == 'load_network':
                return functools.partial(_loose, self)
            return super().__getattribute__(name)

    return Model


@pytest.mark.parametrize(
    'made', [_as_static, _as_partial, _as_decorated, _as_set_later, _as_set_on_the_object]
)
def test_what_a_training_starts_on_is_told_where_no_load_was_seen(
    made: Any,
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a file that goes in, of one with a prefix, which leaves it random, and of half a file."""
    good = state(**{'conv.bias': torch.arange(4.0), 'norm.weight': torch.arange(4.0)})
    files = {
        'good.pth': good,
        'prefix.pth': {f'net_g.{key}': value for key, value in good.items()},
        'half.pth': without(good, 'conv.weight', 'norm.weight'),
    }
    monkeypatch.setattr(install, 'told', False)
    monkeypatch.setattr(install, 'watched', 0)
    owner = made(type('Training', (base,), {'optimize_parameters': lambda self, step: None}))
    for path, table in files.items():
        torch.save({'params': table}, path)
        said.clear()
        options = {'path': {'pretrain_network_g': path}, 'weightcheck': {'first_look': 'off'}}
        model = model_of(owner, Small(), **options)
        model.load_network(model.net_g, path)
        model.optimize_parameters(1)
        model.optimize_parameters(2)
        parameters = dict(model.net_g.named_parameters())
        in_file = {key.replace('net_g.', ''): value for key, value in table.items()}
        held = [key for key in parameters if key in in_file]
        held = [key for key in held if torch.equal(parameters[key], in_file[key])]
        lines = [one for one in said if 'was not watched' in one.getMessage()]
        assert len(lines) == 1 and f'net_g: {len(held)} of 5 parameter' in lines[0].getMessage()
        assert (lines[0].levelno == logging.INFO) is (path == 'good.pth')
        assert install._has_watched()


def test_a_tensor_is_compared_with_few_of_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network has hundreds of one size; each with each would hold a training up for minutes."""
    compared: List[Any] = []
    real = verify._FileValues.agree

    def agree(*given: Any) -> bool:
        compared.append(given)
        return real(*given)

    monkeypatch.setattr(verify._FileValues, 'agree', agree)
    network, other = (
        torch.nn.Sequential(*(torch.nn.Linear(8, 8) for _ in range(30))) for _ in range(2)
    )
    with torch.no_grad():
        network[0].weight[0, 0], network[0].weight[0, 1] = math.nan, -0.0
    network[0].none = torch.nn.Parameter(torch.empty(0))
    path = str(tmp_path / 'a.pth')
    torch.save({'params': network.state_dict()}, path)
    header = read_header(path)
    sizes, held = verify.held_parameters(network, header)
    assert held == list(sizes) and len(compared) == len(sizes) == 61
    compared.clear()
    assert verify.held_parameters(other, header)[1] == [] and len(compared) < 10
    assert verify.held_parameters(network.half(), header)[1] == held  # as a load casts it


def test_a_thread_of_somebody_else_is_not_followed() -> None:
    """It may outlive the trial, and is none of its business; its own threads are."""
    from torch.utils._python_dispatch import _get_current_dispatch_mode_stack as stack

    modes: Dict[str, int] = {}
    begins, ended = threading.Event(), threading.Event()

    def count(name: str) -> None:
        modes[name] = len(stack())

    def start(name: str) -> None:
        thread = threading.Thread(target=count, args=(name,))
        thread.start()
        thread.join()

    def other() -> None:
        begins.wait()
        start('other')
        ended.set()

    beside = threading.Thread(target=other)
    beside.start()
    with following(Follower(Ledger())):
        begins.set()
        ended.wait()
        start('own')
    beside.join()
    assert modes == {'own': 1, 'other': 0}


# -- the child -------------------------------------------------------------------------------------


def test_a_good_load_starts_no_process(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def started(*_: Any, **__: Any) -> None:
        raise AssertionError('a process')

    monkeypatch.setattr(understudy, 'Stage', started)
    torch.save({'params': state()}, 'good.pth')
    torch.save({'params': without(state(), 'conv.bias')}, 'part.pth')
    for path in ('good.pth', 'part.pth'):
        model = model_of(base, Small())
        model.load_network(model.net_g, path, False)
    assert 'could not' not in text(said)


@pytest.mark.parametrize('lang, words', [('en', 'no answer'), ('zh', '没有给出回答')])
def test_a_child_that_does_not_answer_is_said(
    base: Any,  # noqa: F811
    said: List[logging.LogRecord],
    monkeypatch: pytest.MonkeyPatch,
    *,
    lang: str,
    words: str,
) -> None:
    """The training stops all the same, in the chosen language."""
    from basicsr.archs.edsr_arch import EDSR

    monkeypatch.setenv('WEIGHTCHECK_LANG', lang)
    monkeypatch.setattr(understudy, 'ANSWER_S', 0.0)
    torch.save({'params': EDSR(3, 3, num_feat=16, num_block=2).state_dict()}, 'wide.pth')
    section = {'type': 'EDSR', 'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2}
    model = model_of(base, EDSR(3, 3, num_feat=8, num_block=2), network_g=section)
    with pytest.raises(TrainingStopped) as stopped:
        model.load_network(model.net_g, 'wide.pth')
    assert 'WC305' in text(said) and words in text(said)
    assert ('中止训练' if lang == 'zh' else 'stops the training') in str(stopped.value)
