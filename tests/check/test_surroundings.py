"""What lies around the load: other networks, plug-ins, vendored copies, folders, a resume."""

from __future__ import annotations

import contextlib
import io
import os
import re
from typing import Any, Dict, Set, Tuple

import pytest

from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, NO_RESUME
from tests.agreement.legacy_layout import write_repository
from tests.check.conftest import BASE
from tests.training import Training, repaired_basicsr, small_cleaner, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
GAN = """network_d: {type: VGGStyleDiscriminator, num_in_ch: 3, num_feat: 4, input_size: 128}
path:
  pretrain_network_d: weights.pth
  strict_load_d: false
"""


def test_every_load_of_a_gan_in_its_order(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr, 'params_ema': edsr})
    basicsr.change('SRModel', 'SRGANModel')
    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')
    basicsr.change('path:\n', GAN)
    answer = basicsr.check()
    assert [load['network'] for load in answer.loads] == ['net_g', 'net_g_ema', 'net_d']
    assert [load['param_key']['used'] for load in answer.loads] == [
        'params', 'params_ema', 'params',
    ]  # fmt: skip
    discriminator = answer.loads[2]
    assert discriminator['strict']['configured'] is False
    assert answer.exit_code == 1 and answer.verdict == 'wrong-checkpoint'
    assert discriminator['findings'][0]['code'] == 'WC309'


PLUGIN = """
from torch import nn
from basicsr.utils.registry import ARCH_REGISTRY

@ARCH_REGISTRY.register()
class Plugged(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Conv2d(3, width, 1)
"""


def test_a_plug_in_beside_the_yaml(basicsr: Training) -> None:
    import torch

    archs = basicsr.folder / 'mine' / 'archs'
    archs.mkdir(parents=True)
    (basicsr.folder / 'mine' / '__init__.py').write_text('from .archs import *\n')
    (archs / '__init__.py').write_text('from . import plugged_arch\n')
    (archs / 'plugged_arch.py').write_text(PLUGIN)
    section = 'network_g:\n  type: Plugged\n  width: 5\n'
    start, end = BASE.index('network_g:'), BASE.index('path:')
    basicsr.write(BASE[:start] + section + BASE[end:])
    basicsr.save({'params': {
        'body.weight': torch.zeros(5, 3, 1, 1), 'body.bias': torch.zeros(5),
    }})  # fmt: skip
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready')


OVERRIDE = """
from basicsr.models.sr_model import SRModel
from basicsr.utils.registry import MODEL_REGISTRY

@MODEL_REGISTRY.register()
class Forgiving(SRModel):
    def load_network(self, net, load_path, strict=True, param_key='params'):
        super().load_network(net, load_path, False, param_key)
"""


def test_an_override_of_load_network_is_what_is_run(
    basicsr: Training, edsr: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    basicsr.save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    (basicsr.folder / 'forgiving_model.py').write_text(OVERRIDE)
    monkeypatch.setenv('PYTHONPATH', str(basicsr.folder))
    basicsr.change('SRModel', 'Forgiving')
    answer = basicsr.check('--import', 'forgiving_model')
    assert (answer.exit_code, answer.verdict) == (0, 'ready-partly')
    outcome = answer.loads[0]['outcomes']['configured']
    assert outcome['by'] == 'forgiving_model.Forgiving.load_network'


LEGACY = """name: probe
model_type: ImageCleanModel
num_gpu: 0
network_g: {type: SmallCleaner, width: 4, middle: 2}
path:
  pretrain_network_g: weights.pth
  strict_load_g: true
  param_key: ~
train: {total_iter: 4}
"""


def test_a_blank_key_crashes_in_the_older_layout(basicsr: Training) -> None:
    write_repository(str(basicsr.folder), '')
    basicsr.write(LEGACY)
    basicsr.save(small_cleaner())
    answer = basicsr.check()
    assert answer.json['framework']['dialect'] == 'restormer'
    assert answer.loads[0]['outcomes']['configured']['loads'] is True
    # The load would run; the training never reaches it.
    assert answer.exit_code == 1 and 'WC502' in answer.codes and answer.verdict == 'convert'
    assert answer.edits == {
        'path.pretrain_network_g': 'weights_converted.pth', 'path.param_key': 'params',
    }  # fmt: skip


def test_a_resume_replaces_the_weights(basicsr: Training) -> None:
    states = basicsr.folder / 'experiments' / 'probe' / 'training_states'
    states.mkdir(parents=True)
    for iteration in (900, 1000):
        (states / f'{iteration}.state').write_bytes(b'')
    options = read_options('train.yml')
    plan = read_plan(options, NO_FRAMEWORK, str(basicsr.folder), auto_resume=True)
    assert plan.resume.iteration == 1000
    (step,) = plan.steps
    assert os.path.basename(step.load_path) == 'net_g_1000.pth'
    assert read_plan(options, NO_FRAMEWORK, str(basicsr.folder)).resume == NO_RESUME


@pytest.mark.parametrize('ignored, replaced', [('network_g', False), ('g', True)])
def test_the_name_that_ignores_a_resume(basicsr: Training, ignored: str, replaced: bool) -> None:
    basicsr.change('resume_state: ~', f'resume_state: 5.state\n  ignore_resume_networks: {ignored}')
    plan = read_plan(read_options('train.yml'), NO_FRAMEWORK, str(basicsr.folder))
    (step,) = plan.steps
    assert (os.path.basename(step.load_path) == 'net_g_5.pth') is replaced


def test_force_yml_is_checked_as_basicsr_applies_it(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    answer = basicsr.check('--force_yml', 'path:strict_load_g=false')
    assert (answer.exit_code, answer.verdict) == (0, 'ready-partly')


STOPPING = """
from basicsr.models.sr_model import SRModel
from basicsr.utils.registry import MODEL_REGISTRY

@MODEL_REGISTRY.register()
class Stopping(SRModel):
    def __init__(self, opt):
        self.mixing = opt['train']['mixing_augs']
        super().__init__(opt)
"""


PATHS = BASE[BASE.index('path:') : BASE.index('train:')]


def really_parse(monkeypatch: pytest.MonkeyPatch) -> BaseException:
    """What basicsr's own parser ends with."""
    repaired_basicsr()
    from basicsr.utils.options import parse_options

    monkeypatch.setattr('sys.argv', ['train.py', '-opt', 'train.yml'])
    with pytest.raises(Exception) as raised, contextlib.redirect_stdout(io.StringIO()):
        parse_options('.', is_train=True)
    return raised.value


@pytest.mark.fires('WC511')
@pytest.mark.parametrize(
    'before, after', [(PATHS, ''), (PATHS, 'path: ~\n'), ('datasets: {}\n', '')]
)
def test_options_that_the_parser_ends_at(
    basicsr: Training,
    edsr: State,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    after: str,
) -> None:
    """Nothing is loaded, and nothing is told of what a network would start on."""
    basicsr.save({'params': edsr})
    basicsr.change(before, after)
    error = really_parse(monkeypatch)
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (1, 'not-ready')
    stop = answer.json['stop']
    assert (stop['error'], stop['message']) == (type(error).__name__, str(error))
    assert 'options.py' in stop['place'] and 'WC509' not in answer.codes


FORK = """
import functools, os, sys
import basicsr.utils.options as options
from basicsr.models.sr_model import SRModel
from basicsr.utils.registry import MODEL_REGISTRY

real = getattr(options.parse_options, '__wrapped__', options.parse_options)

@functools.wraps(real)
def parse_options(root_path, is_train=True):
    opt, args = real(root_path, is_train)
    does = opt.get('does')
    if does == 'rewrites':
        root = opt['path']['experiments_root']
        if os.path.exists(root):
            os.rename(root, root + '_archived')
        os.makedirs(root)
        with open(os.path.join(root, 'opt.txt'), 'w') as file:
            file.write('x')
        opt['path']['pretrain_network_g'] = os.path.join(
            root_path, 'weights', opt['path']['pretrain_network_g'])
        opt['path']['strict_load_g'] = True
        opt['network_g']['num_feat'] = opt['scale'] * 8
    elif does == 'reads what it writes':
        with open('made.txt', 'w') as file:
            file.write('x')
        opt['name'] = open('made.txt').read()
    elif does == 'exits':
        sys.exit('total_iter is too small')
    elif does == 'needs a GPU':
        raise RuntimeError('Found no NVIDIA driver on your system')
    elif does == 'wants more':
        import argparse
        argparse.ArgumentParser().parse_args(['more'])
    return opt, args

options.parse_options = parse_options

if 'Needs' not in MODEL_REGISTRY:
    @MODEL_REGISTRY.register()
    class Needs(SRModel):
        def __init__(self, opt):
            if opt['does'] == 'divides':
                self.share = 16 / opt['num_gpu']
            elif opt['does'] == 'asks the environment':
                self.share = os.environ['NO_SUCH_VARIABLE']
            super().__init__(opt)
"""


@pytest.fixture
def fork(basicsr: Training, edsr: State, monkeypatch: pytest.MonkeyPatch) -> Training:
    """A training and a module of a fork, which does what the YAML names."""
    basicsr.save({'params': edsr})
    (basicsr.folder / 'forked.py').write_text(FORK)
    monkeypatch.setenv('PYTHONPATH', str(basicsr.folder))
    return basicsr


@pytest.mark.fires('WC563')
def test_the_constructor_gets_what_the_parser_makes(
    fork: Training, edsr: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file, another width, another strict; of its folders nothing is touched."""
    import torch

    (fork.folder / 'experiments' / 'probe').mkdir(parents=True)
    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 16, 'num_block': 2, 'upscale': 2}
    state = state_of('EDSR', **section)
    fork.save({'params': state}, 'weights/weights.pth')
    fork.change('name: probe', 'name: probe\ndoes: rewrites')
    fork.change('  strict_load_g: true\n', '  strict_load_g: false\n')

    def there() -> Set[str]:
        found = {str(one) for one in fork.folder.rglob('*')}
        return {one for one in found if not re.search('weightcheck_reports|__pycache__', one)}

    before = there()
    answer = fork.check('--import', 'forked', '--no-report')
    assert there() == before
    assert (answer.exit_code, answer.verdict) == (0, 'ready')
    (load,) = answer.loads
    assert load['checkpoint']['path'] == str(fork.folder / 'weights' / 'weights.pth')
    assert load['strict']['configured'] is True
    changed = [one['parameters'] for one in answer.of_training if one['code'] == 'WC563']
    assert [one['option'] for one in changed] == [
        'path.pretrain_network_g', 'path.strict_load_g', 'network_g.num_feat',
    ]  # fmt: skip
    assert (changed[2]['before'], changed[2]['after']) == ('8', '16')
    # The truth: the same parser and the real constructor, on real tensors.
    monkeypatch.syspath_prepend(str(fork.folder))
    monkeypatch.setattr('sys.argv', ['train.py', '-opt', 'train.yml'])
    import basicsr.utils.options as options

    monkeypatch.setattr(options, 'parse_options', options.parse_options)  # to be given back
    import forked

    with contextlib.redirect_stdout(io.StringIO()):
        opt, _ = forked.parse_options(str(fork.folder), is_train=True)
    started = fork.model_class(opt).net_g.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in started.items())


@pytest.mark.parametrize('does, model, expected', [
    ('exits', 'SRModel', (1, 'not-ready')),
    ('wants more', 'SRModel', (0, 'ready')),
    ('reads what it writes', 'SRModel', (2, 'could-not-check')),
    ('needs a GPU', 'SRModel', (2, 'could-not-check')),
    ('divides', 'Needs', (0, 'ready')),
    ('asks the environment', 'Needs', (2, 'could-not-check')),
])  # fmt: skip
def test_how_certain_a_stop_is(
    fork: Training, does: str, model: str, expected: Tuple[int, str]
) -> None:
    """What comes of this machine, and of what the check holds back, is no stop of the training."""
    fork.change('name: probe', f'name: probe\ndoes: {does}')
    fork.change('SRModel', model)
    fork.change('num_gpu: 0', 'num_gpu: 2')
    answer = fork.check('--import', 'forked')
    assert (answer.exit_code, answer.verdict) == expected
    assert not (fork.folder / 'made.txt').exists()
    if does == 'exits':
        assert answer.json['stop']['message'] == 'total_iter is too small'


@pytest.mark.fires('WC511')
def test_a_constructor_that_stops_hides_no_load(
    basicsr: Training, edsr: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    basicsr.save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    (basicsr.folder / 'stopping_model.py').write_text(STOPPING)
    monkeypatch.setenv('PYTHONPATH', str(basicsr.folder))
    basicsr.change('SRModel', 'Stopping')
    answer = basicsr.check('--import', 'stopping_model')
    assert answer.exit_code == 1 and {'WC201', 'WC511'} <= set(answer.codes)
    advice = answer.loads[0]['recommendation']  # told, and not proven: it ends all the same
    assert advice['edits'] and advice['proof']['loads'] is False


def test_a_constructor_that_stops_is_not_called_ready(
    basicsr: Training, edsr: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    basicsr.save({'params': edsr})
    (basicsr.folder / 'stopping_model.py').write_text(STOPPING)
    monkeypatch.setenv('PYTHONPATH', str(basicsr.folder))
    basicsr.change('SRModel', 'Stopping')
    answer = basicsr.check('--import', 'stopping_model')
    assert (answer.exit_code, answer.verdict) == (1, 'not-ready')
    assert answer.json['stop']['error'] and not answer.json['stop']['network']
    assert answer.loads[0]['outcomes']['configured']['loads'] is True


def test_an_import_that_no_repair_mends_is_not_called_ready(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    for name in ('archs', 'models', 'utils'):
        (basicsr.folder / 'basicsr' / name).mkdir(parents=True)
    for name in ('train.py', 'models/base_model.py'):
        (basicsr.folder / 'basicsr' / name).write_text('')
    source = 'raise ImportError("broken on purpose")\n'
    (basicsr.folder / 'basicsr' / '__init__.py').write_text(source)
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (2, 'could-not-check')
    assert answer.loads[0]['outcomes']['configured']['by'] == 'predicted'
    basicsr.change('weights.pth', '~')
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (2, 'could-not-check')
