"""What is said of trainings of KAIR, on a small imitation of its layout."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.dialects.kair import Search, searches_in
from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.plan.option_edits import apply_edits
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking.check import check_on
from tests.frameworks.kair.cases import BATCH_NORM, CRITIC, SR, Case, options_of
from tests.helpers import ROOT

LAYOUT = ROOT / 'tests' / 'fixtures' / 'kair_layout'

WIDTH = int(str(SR['nc']))
pytestmark = [pytest.mark.torch]


class Kair:
    """A repository, and one training in it."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        self.folder, self.models, self._stage = folder, folder / 'out' / 'task' / 'models', stage

    def save(self, *names: str, content: Any = None) -> None:
        """Weight files of the plain network, below the repository."""
        import torch

        for name in names:
            path = self.folder / name if '/' in name else self.models / name
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(self.state() if content is None else content, path)

    def state(self, nc: int = WIDTH) -> Dict[str, Any]:
        """A state dict of the network."""
        import torch

        shapes: Dict[str, Any] = {'head': (nc, 3), 'body.0.0': (nc, nc), 'body.1.0': (nc, nc)}
        shapes['tail'] = (3, nc)
        made = {}
        for name, shape in shapes.items():
            made[f'{name}.weight'] = torch.rand(*shape, 3, 3)
            made[f'{name}.bias'] = torch.rand(shape[0])
        return made

    def write(self, name: str = 'train.json', **parts: Any) -> str:
        """An option file; `parts` are those of a `Case`."""
        options = options_of(Case(name, **parts), 'out', 'images')
        path = self.folder / 'options' / name
        path.write_text(json.dumps(options, indent=2), encoding='utf-8')
        return str(path)

    def check(self, path: str) -> CheckReport:
        """What is said of it."""
        plan = read_plan(read_options(path, 'json'), self._stage.framework, str(self.folder))
        return check_on(self._stage, plan)


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp('kair') / 'KAIR'
    shutil.copytree(LAYOUT, folder)
    framework = find_framework(str(folder / 'options' / 'x.json'), str(folder))
    before = os.getcwd()
    os.chdir(folder)
    with Stage(framework, (), str(folder), 600.0) as made:
        yield made
    os.chdir(before)


@pytest.fixture
def kair(stage: Stage) -> Kair:
    folder = Path(stage.framework.root)
    shutil.rmtree(folder / 'out', ignore_errors=True)
    (folder / 'options').mkdir(exist_ok=True)
    return Kair(folder, stage)


def codes(report: CheckReport) -> Any:
    return [finding.code for finding in report.all_findings]


def words(report: CheckReport, code: str) -> Dict[str, Any]:
    return dict(next(one.parameters for one in report.all_findings if one.code == code))


@pytest.mark.fires('WC541')
def test_the_option_that_is_never_read(kair: Kair) -> None:
    kair.save('w/weights.pth')
    path = {'pretrained_netG': 'w/weights.pth'}
    report = kair.check(kair.write(path=path))
    assert report.verdict == 'not-ready' and codes(report)[0] == 'WC541'
    target = words(report, 'WC541')['target']
    assert target == os.path.join('out', 'task', 'models', '0_G.pth')
    assert target in words(report, 'WC541')['advice']
    kair.save('0_G.pth')
    report = kair.check(kair.write(path=path))
    assert report.verdict == 'ready' and 'WC541' not in codes(report)


def test_a_file_of_another_network_is_put_nowhere(kair: Kair) -> None:
    """The option is never read, and the file would not fit where it is read."""
    kair.save('w/other.pth', content=kair.state(2 * WIDTH))
    report = kair.check(kair.write(path={'pretrained_netG': 'w/other.pth'}))
    assert report.verdict == 'not-ready'
    said = words(report, 'WC541')
    assert said['target'] not in said['advice'] and '1 of 8' in said['advice']


def test_a_script_that_passes_the_option_on(kair: Kair) -> None:
    kair.save('w/weights.pth')
    path = {'pretrained_netG': 'w/weights.pth', 'pretrained_netE': None}
    report = kair.check(kair.write(path=path, model='vrt'))
    assert report.verdict == 'ready' and not {'WC541', 'WC542'} & set(codes(report))
    assert report.loads[0].step.path_option == 'path.pretrained_netG'


@pytest.mark.fires('WC542')
def test_another_file_is_found(kair: Kair) -> None:
    kair.save('w/weights.pth', '30_G.pth')
    report = kair.check(kair.write(path={'pretrained_netG': 'w/weights.pth'}))
    assert report.verdict == 'ready'
    assert words(report, 'WC542')['used'] == os.path.join('out', 'task', 'models', '30_G.pth')


@pytest.mark.fires('WC543')
@pytest.mark.fires('WC546')
def test_the_newest_of_each_kind(kair: Kair) -> None:
    kair.save('5_G.pth', '200_G.pth', '100_E.pth')
    report = kair.check(kair.write(train={'E_decay': 0.9}))
    assert words(report, 'WC543')['files'] == '200_G.pth, 100_E.pth'
    assert words(report, 'WC546')['used'] == '200_G.pth, 100_E.pth'
    kair.save('200_E.pth')
    report = kair.check(kair.write(train={'E_decay': 0.9}))
    assert 'WC543' not in codes(report) and report.verdict == 'ready'


@pytest.mark.fires('WC544')
def test_the_script_is_said(kair: Kair) -> None:
    said: Dict[str, Any] = {'more': {'weightcheck': {'script': 'main_train_vrt.py'}}}
    assert words(kair.check(kair.write()), 'WC544')['script'] == 'main_train_psnr.py'
    gan = kair.check(kair.write(model='gan', critic=CRITIC))
    assert words(gan, 'WC544')['script'] == 'main_train_gan.py'
    by_network = kair.check(kair.write(net=BATCH_NORM))
    assert words(by_network, 'WC544')['script'] == 'main_train_dncnn.py'
    assert 'WC544' not in codes(kair.check(kair.write('train_small_psnr.json')))
    assert 'WC544' not in codes(kair.check(kair.write(path={'pretrained_netE': None}, **said)))


@pytest.mark.fires('WC545')
def test_a_script_that_is_not_followed(kair: Kair) -> None:
    kair.save('w/weights.pth')
    script = kair.folder / 'main_train_own.py'
    text = (kair.folder / 'main_train_psnr.py').read_text()
    script.write_text(text.replace('= init_path_G', '= init_path_G or "w/weights.pth"'))
    report = kair.check(
        kair.write(
            path={'pretrained_netG': 'w/weights.pth'}, more={'weightcheck': {'script': script.name}}
        )
    )
    script.unlink()
    assert report.verdict == 'could-not-check' and 'WC545' in codes(report)


@pytest.mark.fires('WC441')
def test_a_strict_flag_that_is_overwritten(kair: Kair) -> None:
    kair.save('1_G.pth')
    kair.save('1_E.pth', content=dict(list(kair.state().items())[:-1]))
    train = {'E_decay': 0.9, 'E_param_strict': False}
    report = kair.check(kair.write(train=train))
    assert 'WC441' in codes(report) and report.verdict == 'wrong-checkpoint'
    report = kair.check(kair.write(train=train, path={'E_param_strict': 'out/flag'}))
    assert 'WC441' not in codes(report) and report.verdict == 'ready-partly'


def test_a_conversion_goes_where_it_is_found(kair: Kair) -> None:
    kair.save('7_G.pth', content={f'module.{k}': v for k, v in kair.state().items()})
    report = kair.check(kair.write())
    assert report.verdict == 'convert' and report.recommendation is not None
    conversion, proof = report.recommendation.conversion, report.recommendation.proof
    assert conversion is not None and proof is not None and proof.loads
    assert conversion.target == os.path.join('out', 'task', 'models', '8_G.pth')


def test_an_edit_of_the_file(kair: Kair) -> None:
    kair.save('7_G.pth', content=kair.state(6))
    path = kair.write()
    report = kair.check(path)
    assert report.recommendation is not None and report.recommendation.proof is not None
    text = apply_edits(report.plan.options, report.recommendation.edits)
    assert json.loads(text)['netG']['nc'] == 6


def test_names_that_the_network_does_not_have(kair: Kair) -> None:
    """Copied by position: right where the order is, which nobody can say of foreign names."""
    foreign = {f'layer{i}': v for i, v in enumerate(kair.state().values())}
    kair.save('7_G.pth', content=foreign)
    report = kair.check(kair.write(train={'G_param_strict': False}))
    found = [one for one in report.all_findings if one.code == 'WC218']
    assert found[0].severity == 'warning' and report.verdict == 'ready'


def test_where_the_start_itself_stops(kair: Kair) -> None:
    kair.save('mine_G.pth')
    with pytest.raises(OptionError, match=r'IndexError.*mine_G\.pth'):
        kair.check(kair.write())
    (kair.models / 'mine_G.pth').unlink()
    with pytest.raises(OptionError, match='KeyError'):
        kair.check(kair.write(model='vrt', path={}))
    with pytest.raises(OptionError, match='plain9'):
        kair.check(kair.write(model='plain9'))


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
