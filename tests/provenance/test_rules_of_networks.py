"""What the rules say of networks: lost after the load, random, not to be followed."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
import yaml

from basicsr_weightcheck.checkpoint.problems import DEFAULT_LIMITS
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.workflow.checking.check import check
from tests.provenance.training import make_options

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

MODELS = '''
import torch
from basicsr.archs import build_network
from basicsr.models.sr_model import SRModel
from basicsr.utils.registry import MODEL_REGISTRY


@MODEL_REGISTRY.register()
class ForgetfulModel(SRModel):
    """The network is initialised again after the load; `forget` says how much of it."""

    def init_training_settings(self):
        for name, parameter in self.net_g.named_parameters():
            if name.startswith(self.opt['forget']):
                torch.nn.init.normal_(parameter)
        super().init_training_settings()


@MODEL_REGISTRY.register()
class TwoNetworksModel(SRModel):
    def __init__(self, opt):
        super().__init__(opt)
        self.net_d = self.model_to_device(build_network(opt['network_d']))


@MODEL_REGISTRY.register()
class ValuesModel(SRModel):
    """The file is taken only where its first value is not zero."""

    def load_network(self, net, load_path, strict=True, param_key='params'):
        table = torch.load(load_path)[param_key]
        if table['conv_first.bias'][0].item() != 0:
            net.load_state_dict(table, strict=strict)


@MODEL_REGISTRY.register()
class StoppingModel(SRModel):
    def setup_optimizers(self):
        raise ValueError('no optimizer of this kind')
'''
ODD_MODELS = """

class Base(SRModel):
    def load_network(self, net, load_path, strict=True, param_key='params'):
        self.fill(net, load_path, strict)

    def table(self, load_path):
        return torch.load(load_path)['params']


@MODEL_REGISTRY.register()
class ReplacedModel(SRModel):
    def init_training_settings(self):
        self.net_g = self.model_to_device(build_network(self.opt['network_g']))
        super().init_training_settings()


class Head(torch.nn.Conv2d):
    \"\"\"A layer with a state beside its tensors.\"\"\"

    def get_extra_state(self):
        return {'version': 2}

    def set_extra_state(self, state):
        self.version = state['version']


@MODEL_REGISTRY.register()
class ExtraModel(Base):
    def load_network(self, net, load_path, strict=True, param_key='params'):
        net.head = Head(1, 1, 1)
        print(f'{net.conv_first.weight.mean():.4f}')
        net.load_state_dict({**net.state_dict(), **self.table(load_path)}, strict=strict)


class Helper:
    pass


@MODEL_REGISTRY.register()
class HolderModel(SRModel):
    def __init__(self, opt):
        super().__init__(opt)
        self.nets = [build_network(opt['network_g'])]
        self.parts = {'d': build_network(opt['network_g'])}
        self.helper = Helper()
        self.helper.net = build_network(opt['network_g'])


@MODEL_REGISTRY.register()
class CountingModel(Base):
    def fill(self, net, load_path, strict):
        self.calls = getattr(self, 'calls', []) + [load_path]
        if len(self.calls) == 1:
            net.load_state_dict(self.table(load_path), strict=strict)


@MODEL_REGISTRY.register()
class ThreadModel(Base):
    def fill(self, net, load_path, strict):
        import threading

        thread = threading.Thread(target=self.work, args=(net, self.table(load_path)))
        thread.start()
        thread.join()

    def work(self, net, table):
        own = net.state_dict()
        with torch.no_grad():
            for key, value in table.items():
                own[key].copy_(value)


@MODEL_REGISTRY.register()
class PickleModel(Base):
    def fill(self, net, load_path, strict):
        import pickle

        net.load_state_dict(pickle.loads(pickle.dumps(self.table(load_path))), strict=strict)


@MODEL_REGISTRY.register()
class PlainReadModel(Base):
    def fill(self, net, load_path, strict):
        with open(load_path, 'rb') as file:
            file.read(4)


BOUND = {'load': torch.load}


@MODEL_REGISTRY.register()
class BoundModel(Base):
    def fill(self, net, load_path, strict):
        net.load_state_dict(BOUND['load'](load_path)['params'], strict=strict)


@MODEL_REGISTRY.register()
class NumpyModel(Base):
    def fill(self, net, load_path, strict):
        table = {k: torch.from_numpy(v.numpy().copy()) for k, v in self.table(load_path).items()}
        net.load_state_dict(table, strict=strict)


@MODEL_REGISTRY.register()
class ShapesModel(Base):
    def fill(self, net, load_path, strict):
        table = {k: torch.ones_like(v) for k, v in self.table(load_path).items()}
        net.load_state_dict(table, strict=strict)


@MODEL_REGISTRY.register()
class TruncatedModel(Base):
    def fill(self, net, load_path, strict):
        net.load_state_dict(self.table(load_path), strict=strict)
        for parameter in net.parameters():
            torch.nn.init.trunc_normal_(parameter)
"""
LATE = """
from torch import load


def table_of(path):
    return load(path)['params']
"""
LATE_MODEL = """

@MODEL_REGISTRY.register()
class LateModel(SRModel):
    \"\"\"What reads the file is imported while the model is made.\"\"\"

    def load_network(self, net, load_path, strict=True, param_key='params'):
        from reader_of_the_test import table_of

        net.load_state_dict(table_of(load_path), strict=strict)
"""
STAGES = '''

from basicsr.utils.registry import ARCH_REGISTRY


@ARCH_REGISTRY.register()
class StagedNet(torch.nn.Module):
    def __init__(self, second=True, **ignored):
        super().__init__()
        self.body = torch.nn.Conv2d(3, 4, 3)
        if second:
            self.refine = torch.nn.Conv2d(4, 64, 3)


@MODEL_REGISTRY.register()
class StagesModel(SRModel):
    """A first stage's file fills a teacher, and a part of net_g, which may be loaded anew."""

    def init_training_settings(self):
        path = self.opt['path']
        if path.get('pretrain_network_first'):
            self.net_first = build_network(dict(self.opt['network_g'], second=False))
            if self.opt['teach']:
                self.load_network(self.net_first, path['pretrain_network_first'])
            self.load_network(self.net_g, path['pretrain_network_first'], False)
        if path.get('pretrain_network_last'):
            self.load_network(self.net_g, path['pretrain_network_last'], path['strict_load'])
        self.frozen = self.opt['network_g'].get('frozen')
        super().init_training_settings()
'''
NET = dict(type='MSRResNet', num_in_ch=3, num_out_ch=3, num_feat=8, num_block=1, upscale=2)
Run = Callable[..., CheckReport]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugin: Any) -> Run:
    """Check a training of one of the classes, from a file that fits."""

    def run(model: str, beside: str = '', **more: Any) -> CheckReport:
        import torch
        from basicsr.archs import build_network

        monkeypatch.chdir(tmp_path)
        (tmp_path / 'models_of_the_test.py').write_text(MODELS + ODD_MODELS + LATE_MODEL)
        content = {'params': build_network(dict(NET)).state_dict()}
        if beside:
            content['more'] = {beside: torch.zeros(0)}
        torch.save(content, 'weights.pth')
        options = make_options(model, NET, {'pretrain_network_g': 'weights.pth'}, **more)
        (tmp_path / 'train.yml').write_text(yaml.safe_dump(options))
        return check('train.yml', imports=('models_of_the_test',), repair_imports=True)

    return run


def said(report: CheckReport) -> Dict[str, str]:
    return {finding.code: finding.severity for finding in report.all_findings}


@pytest.mark.fires('WC242')
@pytest.mark.parametrize(
    'forget, severity, verdict',
    [('', 'error', 'wrong-checkpoint'), ('conv_last', 'warning', 'ready-partly')],
)
def test_what_is_lost_after_the_load(run: Run, forget: str, severity: str, verdict: str) -> None:
    report = run('ForgetfulModel', forget=forget)
    assert said(report)['WC242'] == severity
    assert report.verdict == verdict


@pytest.mark.fires('WC242')
def test_a_network_that_is_replaced_after_the_load(run: Run) -> None:
    report = run('ReplacedModel')
    assert said(report)['WC242'] == 'error' and report.verdict not in ('ready', 'ready-partly')


def test_networks_in_lists_dicts_and_objects(run: Run) -> None:
    report = run('HolderModel')
    names = {one.network: bool(one.files) for one in report.sources}
    assert names == {'net_g': True, 'nets.0': False, 'parts.d': False, 'helper.net': False}


def test_a_method_that_works_once(run: Run) -> None:
    """A trial under the other strict leaves nothing behind in the model."""
    report = run('CountingModel', network_g=dict(NET, num_block=2))
    assert report.rehearsal.stop is not None
    (load,) = report.rehearsal.loads
    assert load.strict_true.error == 'RuntimeError' and load.strict_false.loads
    assert load.strict_false.loaded


def test_a_state_beside_tensors_and_a_line_that_prints(run: Run) -> None:
    """On 'meta' a number cannot be formatted: that is no stop of the training."""
    report = run('ExtraModel')
    assert report.verdict == 'ready-partly'
    assert report.rehearsal.stop is None
    assert list(report.sources[0].initial) == ['head.weight', 'head.bias']


def test_another_thread_is_followed(run: Run) -> None:
    report = run('ThreadModel')
    assert report.verdict == 'ready' and not report.sources[0].initial


@pytest.mark.parametrize('model', ['PickleModel', 'PlainReadModel', 'BoundModel', 'NumpyModel'])
def test_ways_that_are_no_door_are_said(run: Run, model: str) -> None:
    report = run(model)
    assert said(report)['WC529'] == 'warning' and report.verdict == 'could-not-check'


@pytest.mark.parametrize('model', ['ShapesModel', 'TruncatedModel'])
def test_values_that_only_look_loaded(run: Run, model: str) -> None:
    report = run(model)
    assert report.verdict not in ('ready', 'ready-partly', 'could-not-check')
    (sources,) = report.sources
    assert not sources.loaded


def test_nothing_is_lost_where_nothing_is_written(run: Run) -> None:
    report = run('ForgetfulModel', forget='nothing of this name')
    assert 'WC242' not in said(report) and report.verdict == 'ready'


@pytest.mark.fires('WC243')
def test_a_network_beside_a_loaded_one(run: Run) -> None:
    report = run('TwoNetworksModel', network_d=dict(NET))
    assert said(report)['WC243'] == 'info' and report.verdict == 'ready'
    initial: List[str] = [one.network for one in report.sources if not one.files]
    assert initial == ['net_d']
    # Both sections have the same options: each network knows its own.
    assert [one.section for one in report.sources] == ['network_g', 'network_d']


@pytest.fixture
def stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugin: Any) -> Run:
    """Check a training in two stages; the files of both are there."""

    def stages(teach: bool = True, network: str = 'frozen', **path: Any) -> CheckReport:
        import torch

        monkeypatch.chdir(tmp_path)
        (tmp_path / 'stages_of_the_test.py').write_text(MODELS.replace('Forget', 'Lose') + STAGES)
        first = torch.nn.Sequential(OrderedDict(body=torch.nn.Conv2d(3, 4, 3)))
        torch.save({'params': first.state_dict()}, 'first.pth')
        first.add_module('refine', torch.nn.Conv2d(4, 64, 3))
        torch.save({'params': first.state_dict()}, 'last.pth')
        section = {'type': 'StagedNet', 'second': True, network: ['body']}
        options = make_options('StagesModel', section, path, teach=teach)
        (tmp_path / 'train.yml').write_text(yaml.safe_dump(options))
        return check('train.yml', imports=('stages_of_the_test',), repair_imports=True)

    return stages


def test_a_part_that_the_code_itself_takes_of_a_first_stage(stages: Run) -> None:
    report = stages(pretrain_network_first='first.pth')
    assert report.verdict == 'ready-partly' and not report.recommendation.is_needed
    assert 'error' not in said(report).values()
    report = stages(teach=False, pretrain_network_first='first.pth')  # nothing else takes it
    assert report.verdict not in ('ready', 'ready-partly')


def test_what_a_later_load_fills_is_not_missed(stages: Run) -> None:
    more = {'pretrain_network_last': 'last.pth', 'strict_load': True}
    report = stages(teach=False, pretrain_network_first='first.pth', **more)
    assert report.verdict == 'ready' and 'error' not in said(report).values()


@pytest.mark.fires('WC414')
def test_an_option_of_the_network_that_the_model_reads(stages: Run) -> None:
    assert 'WC414' not in said(stages())
    (swallowed,) = [one for one in stages(network='thawed').findings if one.code == 'WC414']
    assert dict(swallowed.parameters)['nearest'] == ''
    assert dict(swallowed.parameters)['advice'] == 'label:swallowed-far'


@pytest.mark.fires('WC405')
def test_an_option_that_is_read_only_where_something_is_loaded(stages: Run) -> None:
    assert 'WC405' not in said(stages(strict_load=True))
    assert 'WC405' in said(stages(strict_loads=True))


@pytest.mark.fires('WC529')
def test_values_that_decide(run: Run) -> None:
    report = run('ValuesModel')
    assert said(report)['WC529'] == 'warning' and report.verdict == 'could-not-check'


@pytest.mark.fires('WC511')
def test_a_constructor_that_stops_behind_its_loads(run: Run) -> None:
    report = run('StoppingModel')
    assert said(report)['WC511'] == 'error' and report.verdict == 'not-ready'
    assert report.rehearsal.stop is not None
    assert (report.rehearsal.stop.error, report.rehearsal.stop.network) == ('ValueError', '')


@pytest.mark.fires('WC112')
def test_an_index_that_only_torch_reads(run: Run) -> None:
    """A longer name than the reader takes, beside those of the network."""
    report = run('SRModel', beside='n' * (DEFAULT_LIMITS.key_length + 1))
    assert said(report)['WC112'] == 'info' and report.verdict == 'ready'
    assert 'WC101' not in said(report) and not report.sources[0].initial


def test_none_of_them_in_a_plain_training(run: Run) -> None:
    report = run('SRModel')
    assert report.verdict == 'ready'
    assert not {'WC242', 'WC243', 'WC511', 'WC529'} & set(said(report))


def test_a_reader_that_is_imported_late(tmp_path: Path, run: Run) -> None:
    """Rehearsed again and again in one process, it never keeps what it was lent before."""
    (tmp_path / 'reader_of_the_test.py').write_text(LATE)
    wrong = dict(NET, num_feat=4)  # the cure is rehearsed by the same child
    report = run('LateModel', network_g=wrong)
    assert report.recommendation.proof.loads
