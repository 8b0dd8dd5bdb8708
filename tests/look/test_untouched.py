"""A pass of a look leaves no trace: neither in the network nor in what the training draws next."""

from __future__ import annotations

import copy
import random
import threading
import warnings
from typing import Any, Dict, List, Tuple

import pytest

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.look import measure as measuring
from basicsr_weightcheck.look.picture import LARGEST, first_sample, psnr
from basicsr_weightcheck.look.untouched import untouched

torch = pytest.importorskip('torch')
nn = torch.nn
pytestmark = pytest.mark.torch


measure: Any = measuring.measure  # whose answer may be None, which no test below is about
nothing_done: Any = measuring.nothing_done


class Restless(nn.Module):  # type: ignore[name-defined]
    """Changes whatever a module can change in a pass, also in eval mode."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.utils.spectral_norm(nn.Conv2d(3, 8, 3, padding=1))
        self.norm, self.drop = nn.BatchNorm2d(8), nn.Dropout(0.5)
        self.last = nn.Conv2d(8, 3, 3, padding=1)
        self.merged = nn.Parameter(torch.zeros(3), requires_grad=False)
        self.register_buffer('passes', torch.zeros(1))
        self.counter, self.sizes, self.cache = 0, [], {}  # type: ignore[var-annotated]
        self.drop.eval()  # a part that its owner keeps out of training

    def eval(self) -> Any:
        raise AssertionError('networks that merge branches in eval() must not be asked to')

    def forward(self, x: Any) -> Any:
        self.counter += 1
        self.sizes.append(tuple(x.shape))
        self.cache['mask'] = torch.ones_like(x)
        self.passes += 1
        self.merged.data = self.merged.data + 1
        self.late = torch.rand(1)
        random.random()
        if not self.training:
            warnings.warn('said once', UserWarning, stacklevel=1)
        return self.last(self.drop(self.norm(self.first(x)))) + x


def batch(scale: int = 1, size: int = 16) -> Tuple[Any, Any]:
    torch.manual_seed(3)
    lq = torch.rand(2, 3, size, size)
    return lq, nn.functional.interpolate(lq, scale_factor=scale)


def training(network: Any, look: bool) -> List[Any]:
    """Losses of four steps, with dropout and BatchNorm, and all that is drawn on the way."""
    import numpy

    torch.manual_seed(1)
    random.seed(1)
    numpy.random.seed(1)
    lq, gt = batch()
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    if look:
        measure(network, first_sample(lq, gt, network))
    drawn: List[Any] = []
    for _ in range(4):
        loss = ((network(lq + torch.randn(lq.shape) * 0.1) - gt) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        drawn += [loss.item(), random.random(), numpy.random.rand()]
    return drawn


def state(network: Any) -> Dict[str, Any]:
    return {key: value.clone() for key, value in network.state_dict().items()}


def test_a_training_goes_on_bit_by_bit() -> None:
    torch.manual_seed(0)
    network = Restless()
    other = copy.deepcopy(network)
    assert training(network, True) == training(other, False)
    mine, theirs = network.state_dict(), other.state_dict()
    assert all(torch.equal(value, theirs[key]) for key, value in mine.items())
    assert (network.counter, network.sizes) == (other.counter, other.sizes)


class Tally:
    """A plain object that a network counts in."""

    def __init__(self) -> None:
        self.passes = 0


class Hidden(nn.Module):  # type: ignore[name-defined]
    """Keeps what its next pass depends on in one of the places where a module can keep it."""

    def __init__(self, place: str) -> None:
        import numpy

        super().__init__()
        self.last, self.place = nn.Conv2d(3, 3, 3, padding=1), place
        self.generator = torch.Generator().manual_seed(3)
        self.numbers, self.tally = numpy.random.default_rng(3), Tally()
        self.nested = {'a': [{'passes': 0}]}

    def forward(self, x: Any) -> Any:
        change = 0.0
        if self.place == 'torch generator':
            change = torch.rand(1, generator=self.generator).item()
        elif self.place == 'numpy generator':
            change = float(self.numbers.normal())
        elif self.place == 'object':
            self.tally.passes += 1
            change = 0.1 * self.tally.passes
        elif self.place == 'nested':
            self.nested['a'][0]['passes'] += 1
            change = 0.1 * self.nested['a'][0]['passes']
        elif not self.training:  # folds something into a trained weight
            with torch.no_grad():
                self.last.weight.mul_(0.9)
        return self.last(x) * (1 + change)


@pytest.mark.parametrize(
    'place', ['torch generator', 'numpy generator', 'object', 'nested', 'weight']
)
def test_wherever_a_network_keeps_its_state_the_training_is_the_same(place: str) -> None:
    torch.manual_seed(0)
    network = Hidden(place)
    other = copy.deepcopy(network)
    assert training(network, True) == training(other, False)


def test_normalized_weights_are_copied_although_they_are_computed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # newer ones of torch have another
        network = nn.utils.weight_norm(nn.Conv2d(3, 3, 3, padding=1))
    other = nn.Conv2d(3, 3, 3, padding=1)
    other.load_state_dict({'weight': network.weight.detach(), 'bias': network.bias.detach()})
    lq, gt = batch()
    sample = first_sample(lq, gt, network)
    assert measure(network, sample).psnr == pytest.approx(measure(other, sample).psnr)


class Bound(nn.Conv2d):  # type: ignore[name-defined]
    """A function of its own encloses it."""

    def __init__(self) -> None:
        super().__init__(3, 3, 1)
        self.passes = 0
        self.act: Any = lambda x: self.count(x)

    def count(self, x: Any) -> Any:
        self.passes += 1
        return x

    def forward(self, x: Any) -> Any:
        return self.act(self._conv_forward(x, self.weight, self.bias))


class Same(nn.Conv2d):  # type: ignore[name-defined]
    """Its copies are itself."""

    def __deepcopy__(self, memo: Any) -> Any:
        return self


class Locked(nn.Conv2d):  # type: ignore[name-defined]
    """Holds what cannot be copied."""

    def __init__(self) -> None:
        super().__init__(3, 3, 1)
        self.lock = threading.Lock()


@pytest.mark.parametrize(
    ('network', 'why'), [(Bound(), 'shares'), (Same(3, 3, 1), 'shares'), (Locked(), 'copied')]
)
def test_a_network_that_a_copy_cannot_stand_for_is_not_looked_at(network: Any, why: str) -> None:
    with pytest.raises(NotLookedAt, match=why):
        measure(network, first_sample(*batch(), network))
    assert getattr(network, 'passes', 0) == 0


def test_a_copy_that_memory_has_no_room_for_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    network = nn.Conv2d(3, 3, 1)
    monkeypatch.setattr('basicsr_weightcheck.look.untouched._free', lambda place: 95)
    with pytest.raises(NotLookedAt, match='memory'):
        measure(network, first_sample(*batch(), network))


def test_every_attribute_and_flag_is_put_back() -> None:
    network = Restless()
    network.train()
    network.norm.training = False
    flags = [one.training for one in network.modules()]
    before, plain = state(network), set(vars(network))
    pointers = [one.data_ptr() for one in network.parameters()]
    measure(network, first_sample(*batch(), network))
    assert flags == [one.training for one in network.modules()]
    assert network.counter == 0 and not network.sizes and not network.cache
    assert set(vars(network)) == plain
    assert pointers == [one.data_ptr() for one in network.parameters()]
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert all(one.grad is None for one in network.parameters()) and torch.is_grad_enabled()


def test_it_is_put_back_when_the_network_raises() -> None:
    network = Restless()
    network.train()
    network.last = nn.Conv2d(5, 3, 1)
    sample, drawn = first_sample(*batch(), network), torch.get_rng_state()
    with pytest.raises(RuntimeError):
        measure(network, sample)
    assert network.training and network.counter == 0
    assert torch.equal(drawn, torch.get_rng_state())


def test_the_pass_is_in_eval_mode_without_autocast_and_cudnn_search() -> None:
    seen: List[Any] = []

    class Watching(nn.Conv2d):  # type: ignore[name-defined]
        def forward(self, x: Any) -> Any:
            seen.append((self.training, torch.is_grad_enabled(), torch.backends.cudnn.benchmark))
            return super().forward(x)

    network = Watching(3, 3, 1)
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        with torch.autocast('cpu', dtype=torch.bfloat16):
            result = measure(network, first_sample(*batch(), network))
            assert torch.backends.cudnn.benchmark
    finally:
        torch.backends.cudnn.benchmark = before
    assert seen == [(False, False, False)]
    with torch.no_grad():
        expected = network(batch()[0][:1])
    assert torch.equal(result.output, expected)  # bfloat16 would differ


def test_a_network_of_somebodys_hooks_is_left_alone() -> None:
    network = nn.Conv2d(3, 3, 1)
    seen: List[Any] = []
    network.register_forward_hook(lambda *args: seen.append(args))
    with pytest.raises(NotLookedAt, match='hooks'):
        measure(network, first_sample(*batch(), network))
    assert not seen


def test_global_hooks_as_well() -> None:
    from torch.nn.modules.module import register_module_forward_hook

    handle = register_module_forward_hook(lambda *_: None)
    try:
        with pytest.raises(NotLookedAt), untouched(nn.Conv2d(3, 3, 1)):
            pass
    finally:
        handle.remove()


@pytest.mark.parametrize(('size', 'window', 'cut'), [(200, 8, 128), (200, 12, 120), (48, 7, 48)])
def test_samples_are_cut_to_windows(size: int, window: int, cut: int) -> None:
    network = nn.Identity()
    network.window_size = window
    lq, gt = batch(2, size)
    sample = first_sample(lq, gt, network)
    assert sample.lq.shape == (1, 3, cut, cut) and sample.gt.shape == (1, 3, 2 * cut, 2 * cut)
    assert cut <= LARGEST and sample.scale == 2
    start = (size - cut) // 2
    assert torch.equal(sample.lq, lq[:1, :, start : start + cut, start : start + cut])
    first = sample.gt[..., 0, 0]
    assert torch.equal(first, sample.lq[..., 0, 0])


def test_doing_nothing() -> None:
    lq, gt = batch(1)
    assert nothing_done(first_sample(lq, lq, nn.Identity())).psnr == 100.0
    same = nothing_done(first_sample(lq, (lq + 0.1).clamp(0, 1), nn.Identity()))
    assert 19 < same.psnr < 23
    scaled = nothing_done(first_sample(*batch(2), nn.Identity()))
    assert scaled.psnr > 10 and scaled.output.shape == (1, 3, 32, 32)
    six = torch.rand(1, 6, 16, 16)
    assert nothing_done(first_sample(six, six[:, :3], nn.Identity())) is None


def test_videos_and_several_outputs() -> None:
    class Video(nn.Module):  # type: ignore[name-defined]
        def forward(self, x: Any) -> Any:
            middle = x[:, x.shape[1] // 2]
            return {'coarse': middle[..., ::2], 'all': [middle + 1, middle]}

    frames = torch.rand(2, 5, 3, 16, 16)
    result = measure(Video(), first_sample(frames, frames[:, 2], nn.Identity()))
    assert result.psnr == 100.0
    whole = measure(nn.Identity(), first_sample(frames, frames, nn.Identity()))
    assert whole.psnr == 100.0 and whole.output.shape == (1, 5, 3, 16, 16)


def test_what_is_no_pair_is_said() -> None:
    lq, gt = batch()
    for one, other in ((lq, gt[..., :15]), (lq[0], gt[0]), (lq.long(), gt)):
        with pytest.raises(NotLookedAt):
            first_sample(one, other, nn.Identity())
    with pytest.raises(NotLookedAt, match='size'):
        measure(nn.Conv2d(3, 5, 1), first_sample(lq, gt, nn.Identity()))


def test_values_of_another_normalization_are_not_looked_at() -> None:
    lq, gt = batch()
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    lq, gt = ((one - mean[:, None, None]) / std[:, None, None] for one in (lq, gt))
    with pytest.raises(NotLookedAt, match='normalised'):
        first_sample(lq, gt, nn.Identity())


def test_nan_and_other_ranges() -> None:
    lq, _ = batch()

    class Broken(nn.Module):  # type: ignore[name-defined]
        def forward(self, x: Any) -> Any:
            return x / 0 * 0

    result = measure(Broken(), first_sample(lq, lq, nn.Identity()))
    assert not result.finite and result.psnr is None
    signed = lq * 2 - 1
    noisy = lq + 0.1 * torch.randn(lq.shape)
    plain = nothing_done(first_sample(noisy, lq, nn.Identity())).psnr
    other = nothing_done(first_sample(noisy * 2 - 1, signed, nn.Identity())).psnr
    assert plain == pytest.approx(other, abs=0.01)
    assert psnr(lq * 0, lq * 0 + 1, (0.0, 1.0)) == 0.0
