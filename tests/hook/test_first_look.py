"""A look before the first iteration of real trainings: said once, and nothing is changed by it."""

from __future__ import annotations

import json
from typing import Any, List

import pytest

from tests.hook.conftest import Result, Workshop
from tests.hook.test_trainings import CPU_GROUP
from tests.schemas import validate
from tests.warm_child import WARM

pytestmark = pytest.mark.basicsr
ARCH = """import torch
from basicsr.utils.registry import ARCH_REGISTRY
@ARCH_REGISTRY.register()
class Drawing(torch.nn.Module):
    '''BatchNorm, dropout and random numbers of its own.'''
    def __init__(self, num_feat=8):
        super().__init__()
        self.first = torch.nn.Conv2d(3, num_feat, 3, padding=1)
        self.norm, self.drop = torch.nn.BatchNorm2d(num_feat), torch.nn.Dropout(0.3)
        self.last = torch.nn.Conv2d(num_feat, 12, 3, padding=1)
        torch.nn.init.zeros_(self.last.weight)
        self.passes = 0
    def forward(self, x):
        self.passes += 1
        y = self.drop(torch.relu(self.norm(self.first(x)))) + torch.rand(1)
        large = torch.nn.functional.interpolate(x, scale_factor=2, mode='nearest')
        return torch.nn.functional.pixel_shuffle(self.last(y), 2) + large
"""


@pytest.fixture(scope='module', autouse=True)
def drawing(workshop: Workshop) -> None:
    """An arch, scripts that import it, and its weights."""
    import torch

    folder = workshop.folder
    (folder / 'drawing_arch.py').write_text(ARCH)
    text = (folder / 'train.py').read_text()
    lines = 'sys.path.insert(0, os.getcwd())\nimport drawing_arch\nfrom basicsr.train import'
    own = text.replace('from basicsr.train import', lines)
    (folder / 'train_drawing.py').write_text(own)
    (folder / 'train_drawing_dist.py').write_text(
        own.replace('\nfrom basicsr.train import', CPU_GROUP)
    )
    torch.manual_seed(0)
    layers = {
        'first': torch.nn.Conv2d(3, 8, 3), 'norm': torch.nn.BatchNorm2d(8),
        'last': torch.nn.Conv2d(8, 12, 3),
    }  # fmt: skip
    for layer in layers.values():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.normal_(layer.weight, std=0.01)
            torch.nn.init.zeros_(layer.bias)
    table = {f'{n}.{k}': v for n, one in layers.items() for k, v in one.state_dict().items()}
    torch.save({'params': table, 'params_ema': table}, str(folder / 'drawing.pth'))


def options_of(workshop: Workshop, name: str, policy: str, **more: Any) -> str:
    extra = f'weightcheck: {{first_look: {policy}}}'
    options = workshop.options(name, weights='drawing.pth', extra=extra, **more)
    path = workshop.folder / options
    text = path.read_text()
    path.write_text(
        text[: text.index('network_g:')]
        + 'network_g: {type: Drawing}\n'
        + text[text.index('path:') :]
    )
    return options


def train(workshop: Workshop, *how: str, **more: Any) -> Result:
    options = options_of(workshop, *how, **more)
    run = [*WARM, '-m', 'basicsr_weightcheck', 'run']
    return workshop.run([*run, 'train_drawing.py', '-opt', options], OMP_NUM_THREADS='1')


def train_two(workshop: Workshop, *how: str) -> List[Result]:
    return workshop.train_in_group('train_drawing_dist.py', options_of(workshop, *how))


def looks(done: Result) -> List[str]:
    return [line for line in done.lines if 'first look' in line]


def test_losses_are_bit_equal_and_the_look_is_said_once(workshop: Workshop) -> None:
    """BatchNorm, dropout, own random numbers, and net_g_ema, which is the same network here."""
    looked = train(workshop, 'look_on', 'warn', ema=0.999)
    plain = train(workshop, 'look_off', 'off', ema=0.999)
    assert looked.code == plain.code == 0, looked.text
    assert looked.losses == plain.losses and len(looked.losses) == 4
    (line,) = looks(looked)
    assert line.startswith('net_g first look: ') and 'doing nothing' in line and not looks(plain)
    document = json.loads(looked.report('look_on', 'net_g.json') or '')
    validate(document)
    kinds = [row['kind'] for row in document['loads'][0]['first_look']['rows']]
    assert kinds == ['configured', 'nothing']
    assert 'First look' in (looked.report('look_on') or '')


def test_the_weights_at_the_end_are_bit_equal(workshop: Workshop) -> None:
    """Of the two trainings above."""
    import torch

    files = [
        torch.load(str(workshop.folder / 'experiments' / name / 'models' / 'net_g_4.pth'))
        for name in ('look_on', 'look_off')
    ]
    for table in ('params', 'params_ema'):
        one, other = (file[table] for file in files)
        assert all(torch.equal(value, other[key]) for key, value in one.items())


def test_two_processes_are_not_changed(workshop: Workshop) -> None:
    looked, other = train_two(workshop, 'look_two', 'warn')
    plain, more = train_two(workshop, 'look_two_off', 'off')
    assert {one.code for one in (looked, other, plain, more)} == {0}, looked.text + other.text
    assert looked.losses == plain.losses and looked.losses
    assert len(looks(looked)) == 1 and not looks(other)


@pytest.mark.parametrize('processes', [1, 2])
def test_a_network_that_spoils_the_picture_stops_on_request(
    workshop: Workshop, processes: int
) -> None:
    import torch

    table = torch.load(str(workshop.folder / 'drawing.pth'))['params']
    table['last.bias'] = table['last.bias'] + 0.5
    torch.save({'params': table}, str(workshop.folder / 'drawing_bad.pth'))
    good = (workshop.folder / 'drawing.pth').read_bytes()
    (workshop.folder / 'drawing.pth').write_bytes(
        (workshop.folder / 'drawing_bad.pth').read_bytes()
    )
    try:
        how = workshop, f'look_stop_{processes}', 'stop'
        ended = train_two(*how) if processes > 1 else [train(*how)]
    finally:
        (workshop.folder / 'drawing.pth').write_bytes(good)
    assert [one.code for one in ended] == [1] * processes
    assert not any(one.losses for one in ended)
    said = 'weightcheck stops the training before its first step: With these weights'
    assert said in ended[0].text
