"""What is said of trainings of KAIR, on a small imitation of its layout."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.dialects.kair import Search, searches_in
from tests.frameworks.kair.cases import BATCH_NORM, CRITIC, SR, Case, options_of
from tests.helpers import ROOT
from tests.training import Answer, Training

LAYOUT = ROOT / 'tests' / 'fixtures' / 'kair_layout'

WIDTH = int(str(SR['nc']))
pytestmark = [pytest.mark.torch]


class Kair(Training):
    """A training of KAIR, which looks for weight files of certain names."""

    @property
    def models(self) -> Path:
        """Where it looks for them."""
        return self.folder / 'out' / 'task' / 'models'

    def leave(self, *names: str, content: Any = None) -> None:
        """Weight files of the plain network, there or below the repository."""
        for name in names:
            place = name if '/' in name else f'out/task/models/{name}'
            self.save(state() if content is None else content, place)

    def describe(self, name: str = 'train.json', **parts: Any) -> None:
        """Write an option file; `parts` are those of a `Case`."""
        self.yaml = self.folder / 'options' / name
        self.write(json.dumps(options_of(Case(name, **parts), 'out', 'images'), indent=2))

    def said(self, name: str = 'train.json', **parts: Any) -> Answer:
        """What is said of such a training."""
        self.describe(name, **parts)
        return self.check()


def state(nc: int = WIDTH) -> Dict[str, Any]:
    """A state dict of the network."""
    import torch

    shapes: Dict[str, Any] = {'head': (nc, 3), 'body.0.0': (nc, nc), 'body.1.0': (nc, nc)}
    shapes['tail'] = (3, nc)
    made = {}
    for name, shape in shapes.items():
        made[f'{name}.weight'] = torch.rand(*shape, 3, 3)
        made[f'{name}.bias'] = torch.rand(shape[0])
    return made


@pytest.fixture(scope='module')
def kair_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('kair') / 'KAIR'
    shutil.copytree(LAYOUT, folder)
    (folder / 'options').mkdir()
    return folder


@pytest.fixture
def kair(kair_repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Kair:
    """A training in a small imitation of KAIR."""
    shutil.rmtree(kair_repository / 'out', ignore_errors=True)
    monkeypatch.chdir(kair_repository)
    return Kair(kair_repository, capfd, '{}', name='options/train.json')


@pytest.mark.fires('WC541')
def test_the_option_that_is_never_read(kair: Kair) -> None:
    kair.leave('w/weights.pth')
    path = {'pretrained_netG': 'w/weights.pth'}
    answer = kair.said(path=path)
    assert answer.verdict == 'not-ready' and answer.first_of_training == 'WC541'
    target = answer.facts('WC541')['target']
    assert target == os.path.join('out', 'task', 'models', '0_G.pth')
    assert target in answer.facts('WC541')['advice']
    kair.leave('0_G.pth')
    answer = kair.said(path=path)
    assert answer.verdict == 'ready' and 'WC541' not in answer.codes


def test_a_file_of_another_network_is_put_nowhere(kair: Kair) -> None:
    """The option is never read, and the file would not fit where it is read."""
    kair.leave('w/other.pth', content=state(2 * WIDTH))
    answer = kair.said(path={'pretrained_netG': 'w/other.pth'})
    assert answer.verdict == 'not-ready'
    said = answer.facts('WC541')
    assert said['target'] not in said['advice'] and '1 of 8' in said['advice']


def test_a_file_without_a_table_is_put_nowhere(kair: Kair) -> None:
    """The option is never read, and there is nothing in the file to be read."""
    kair.leave('w/none.pth', content={'epoch': 3})
    answer = kair.said(path={'pretrained_netG': 'w/none.pth'})
    assert answer.verdict == 'not-ready' and '0 of 8' in answer.facts('WC541')['advice']


def test_a_script_that_passes_the_option_on(kair: Kair) -> None:
    kair.leave('w/weights.pth')
    path = {'pretrained_netG': 'w/weights.pth', 'pretrained_netE': None}
    answer = kair.said(path=path, model='vrt')
    assert answer.verdict == 'ready' and not {'WC541', 'WC542'} & set(answer.codes)
    assert answer.report.loads[0].step.path_option == 'path.pretrained_netG'


@pytest.mark.fires('WC542')
def test_another_file_is_found(kair: Kair) -> None:
    kair.leave('w/weights.pth', '30_G.pth')
    answer = kair.said(path={'pretrained_netG': 'w/weights.pth'})
    assert answer.verdict == 'ready'
    assert answer.facts('WC542')['used'] == os.path.join('out', 'task', 'models', '30_G.pth')


@pytest.mark.fires('WC543')
@pytest.mark.fires('WC546')
def test_the_newest_of_each_kind(kair: Kair) -> None:
    kair.leave('5_G.pth', '200_G.pth', '100_E.pth')
    answer = kair.said(train={'E_decay': 0.9})
    assert answer.facts('WC543')['files'] == '200_G.pth, 100_E.pth'
    assert answer.facts('WC546')['used'] == '200_G.pth, 100_E.pth'
    kair.leave('200_E.pth')
    answer = kair.said(train={'E_decay': 0.9})
    assert 'WC543' not in answer.codes and answer.verdict == 'ready'


@pytest.mark.fires('WC544')
def test_the_script_is_said(kair: Kair) -> None:
    said: Dict[str, Any] = {'more': {'weightcheck': {'script': 'main_train_vrt.py'}}}
    assert kair.said().facts('WC544')['script'] == 'main_train_psnr.py'
    gan = kair.said(model='gan', critic=CRITIC)
    assert gan.facts('WC544')['script'] == 'main_train_gan.py'
    by_network = kair.said(net=BATCH_NORM)
    assert by_network.facts('WC544')['script'] == 'main_train_dncnn.py'
    assert 'WC544' not in kair.said('train_small_psnr.json').codes
    assert 'WC544' not in kair.said(path={'pretrained_netE': None}, **said).codes


@pytest.mark.fires('WC545')
def test_a_script_that_is_not_followed(kair: Kair) -> None:
    kair.leave('w/weights.pth')
    script = kair.folder / 'main_train_own.py'
    text = (kair.folder / 'main_train_psnr.py').read_text()
    script.write_text(text.replace('= init_path_G', '= init_path_G or "w/weights.pth"'))
    answer = kair.said(
        path={'pretrained_netG': 'w/weights.pth'}, more={'weightcheck': {'script': script.name}}
    )
    script.unlink()
    assert answer.verdict == 'could-not-check' and 'WC545' in answer.codes


@pytest.mark.fires('WC441')
def test_a_strict_flag_that_is_overwritten(kair: Kair) -> None:
    kair.leave('1_G.pth')
    kair.leave('1_E.pth', content=dict(list(state().items())[:-1]))
    train = {'E_decay': 0.9, 'E_param_strict': False}
    answer = kair.said(train=train)
    assert 'WC441' in answer.codes and answer.verdict == 'wrong-checkpoint'
    answer = kair.said(train=train, path={'E_param_strict': 'out/flag'})
    assert 'WC441' not in answer.codes and answer.verdict == 'ready-partly'


def test_a_conversion_goes_where_it_is_found(kair: Kair) -> None:
    kair.leave('7_G.pth', content={f'module.{k}': v for k, v in state().items()})
    answer = kair.said()
    assert answer.verdict == 'convert' and answer.recommendation['proof']['loads']
    assert answer.report.recommendation.conversion.target == os.path.join(
        'out', 'task', 'models', '8_G.pth'
    )


def test_an_edit_of_the_file(kair: Kair) -> None:
    kair.leave('7_G.pth', content=state(6))
    kair.describe()
    kair.cured()
    assert json.loads(kair.yaml.read_text())['netG']['nc'] == 6


def test_names_that_the_network_does_not_have(kair: Kair) -> None:
    """Copied by position: right where the order is, which nobody can say of foreign names."""
    foreign = {f'layer{i}': v for i, v in enumerate(state().values())}
    kair.leave('7_G.pth', content=foreign)
    answer = kair.said(train={'G_param_strict': False})
    assert answer.found('WC218')['severity'] == 'warning' and answer.verdict == 'ready'


def why_not(kair: Kair, **parts: Any) -> str:
    kair.describe(**parts)
    error = kair.refused(exit_code=1)
    assert error['error'] == 'OptionError'
    return str(error['message'])


def test_where_the_start_itself_stops(kair: Kair) -> None:
    kair.leave('mine_G.pth')
    assert re.search(r'IndexError.*mine_G\.pth', why_not(kair))
    (kair.models / 'mine_G.pth').unlink()
    assert 'KeyError' in why_not(kair, model='vrt', path={})
    assert 'plain9' in why_not(kair, model='plain9')


def test_what_a_script_looks_for() -> None:
    source = (
        "a, b = option.find_last_checkpoint(opt['path']['models'], net_type='G')\n"
        "opt['path']['pretrained_netG'] = b\n"
        "c, d = find_last_checkpoint(x, 'E', opt['path']['pretrained_netE'])\n"
        "opt['path']['pretrained_netE'] = d\n"
        "opt['path']['pretrained_netD'] = ''\n"
    )
    searches, unclear = searches_in(source)
    assert searches == (
        Search('pretrained_netG', 'G', ''), Search('pretrained_netE', 'E', 'pretrained_netE')
    )  # fmt: skip
    assert unclear == ('pretrained_netD',)
    assert searches_in('not Python') == ((), ())
