"""The hook in real trainings: it lets the right ones through untouched and stops the wrong ones."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.helpers import free_port
from tests.hook.conftest import Workshop
from tests.schemas import validate
from tests.warm_child import WARM

pytestmark = pytest.mark.basicsr


def test_a_good_training_is_verified_and_not_changed(workshop: Workshop) -> None:
    options = workshop.options('good')
    plain = workshop.train(options, hook=False)
    hooked = workshop.train(options)
    assert (plain.code, hooked.code) == (0, 0), hooked.text
    assert plain.losses == hooked.losses and len(plain.losses) == 4
    assert 'net_g verified, 16 of 16 tensors (100.0 % of parameters) equal to good.pth[params]' in (
        hooked.lines
    )
    assert 'verdict' in (hooked.report('good') or '')
    document = json.loads(hooked.report('good', 'net_g.json') or '')
    validate(document)
    assert document['format'] == 'basicsr-weightcheck.check/2' and document['verdict'] == 'ready'


def test_install_in_the_script_does_the_same(workshop: Workshop) -> None:
    options = workshop.options('own')
    command = [*WARM, 'train_own.py', '-opt', options]
    done = workshop.run(command)
    assert done.code == 0 and any('net_g verified' in line for line in done.lines)
    bad = workshop.options('own_bad', feat=12)
    done = workshop.run([*command[:-1], bad])
    assert done.code == 1 and not done.losses


@pytest.mark.parametrize('strict', ['true', 'false'])
def test_a_wrong_prefix_stops_before_the_first_step(workshop: Workshop, strict: str) -> None:
    """Without strict BasicSR itself loads nothing and says nothing."""
    options = workshop.options(f'prefix_{strict}', weights='prefix.pth', strict=strict)
    done = workshop.train(options)
    assert done.code == 1 and not done.losses
    assert 'weightcheck stops the training before its first step' in done.err
    assert "'net_g.'" in done.text or 'net_g.' in (done.report(f'prefix_{strict}') or '')
    assert 'Traceback' not in done.err


def test_warn_trains_on(workshop: Workshop) -> None:
    options = workshop.options(
        'warned', weights='prefix.pth', strict='false', extra='weightcheck: {on_error: warn}'
    )
    done = workshop.train(options)
    assert done.code == 0 and len(done.losses) == 4
    assert any(line.startswith('goes on although net_g') for line in done.lines)
    options = workshop.options('warned2', weights='prefix.pth', strict='false')
    done = workshop.train(options, WEIGHTCHECK_ON_ERROR='warn')
    assert done.code == 0 and len(done.losses) == 4


def test_min_loaded_is_the_users(workshop: Workshop) -> None:
    options = workshop.options('part', weights='part.pth', strict='false')
    done = workshop.train(options)
    assert done.code == 0 and any('14 of 16 tensors' in line for line in done.lines)
    options = workshop.options(
        'part_more', weights='part.pth', strict='false', extra='weightcheck: {min_loaded: 0.99}'
    )
    done = workshop.train(options)
    assert done.code == 1 and 'WC203' in done.err and 'Asked for is 99.0 % of both' in done.text


def test_a_policy_that_is_not_understood_is_said(workshop: Workshop) -> None:
    options = workshop.options('typo', extra='weightcheck: {on_eror: warn, min_loaded: 3}')
    done = workshop.train(options)
    assert done.code == 0
    assert any('weightcheck.on_eror' in line for line in done.lines)
    assert any('weightcheck.min_loaded' in line for line in done.lines)


def test_resume_is_checked_against_the_file_that_is_loaded(workshop: Workshop) -> None:
    options = workshop.options('resumed')
    assert workshop.train(options).code == 0
    # BasicSR loads the state onto a GPU; here it stays where it is.
    text = (
        (workshop.folder / 'train.py')
        .read_text()
        .replace(
            'import torch.distributed\n',
            'import torch.distributed\ntorch.cuda.current_device = lambda: 0\n'
            'torch.UntypedStorage.cuda = lambda storage, *_: storage\n',
        )
    )
    (workshop.folder / 'train_resume.py').write_text(text)
    command = [*WARM, '-m', 'basicsr_weightcheck', 'run']
    done = workshop.run([*command, 'train_resume.py', '-opt', options, '--auto_resume'])
    assert done.code == 0, done.text
    assert any('equal to net_g_4.pth[params]' in line for line in done.lines)
    assert any('WC503' in line for line in done.lines)


def test_a_cure_that_changes_the_network_is_proven(workshop: Workshop) -> None:
    """By a child process, as in the check; who follows it trains."""
    options = workshop.options('narrow', feat=12)
    done = workshop.train(options)
    report = done.report('narrow') or ''
    assert done.code == 1 and 'WC305' in done.err and 'proven: rehearsed' in report
    text = (workshop.folder / options).read_text()
    (workshop.folder / 'cured.yml').write_text(text.replace('num_feat: 12', 'num_feat: 8'))
    assert workshop.train('cured.yml').code == 0


def test_an_option_that_leaves_no_trace_is_named(workshop: Workshop) -> None:
    options = workshop.options('traceless')
    path = workshop.folder / options
    path.write_text(path.read_text().replace('num_block: 2', 'num_block: 2, res_scale: 0.1'))
    done = workshop.train(options)
    assert done.code == 0 and any(line.startswith('WC231') for line in done.lines), done.lines


def test_the_average_has_an_answer_of_its_own(workshop: Workshop) -> None:
    """params is whole, params_ema is not: strict true, if anyone wrote it, would stop there."""
    import torch

    whole = torch.load(str(workshop.folder / 'good.pth'))['params']
    part = torch.load(str(workshop.folder / 'part.pth'))['params']
    torch.save({'params': whole, 'params_ema': part}, str(workshop.folder / 'uneven.pth'))
    answers = {}
    for strict in ('false', 'true'):
        options = workshop.options(
            f'uneven_{strict}', weights='uneven.pth', strict=strict, ema=0.999
        )
        done = workshop.train(options)
        document = json.loads(done.report(f'uneven_{strict}', 'net_g_ema.json') or '')
        answers[strict] = (
            done.code,
            {one['network']: one['outcomes']['strict_true']['loads'] for one in document['loads']},
        )
        assert not any(line.startswith('WC411') for line in done.lines)
    said = {'net_g': True, 'net_g_ema': False}
    assert answers == {'false': (0, said), 'true': (1, said)}


def test_nothing_to_watch_is_said_once(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / 'other.py').write_text('import sys\nprint("trains")\nsys.exit(3)\n')
    run = [*WARM, '-m', 'basicsr_weightcheck', 'run', str(tmp_path / 'other.py')]
    for lang, words in (('en', 'nothing was checked'), ('zh', '什么都没有检查')):
        done = workshop.run(run, WEIGHTCHECK_LANG=lang)
        assert (done.code, done.out) == (3, 'trains\n')
        assert done.err.count(words) == 1 and 'basicsr.models.base_model' in done.err
    scratch = workshop.train(workshop.options('scratch', weights='~'))
    assert scratch.code == 0 and any('nothing was checked' in line for line in scratch.lines)


def test_ema_gets_the_same_random_values_on_request(workshop: Workshop) -> None:
    import torch

    table = torch.load(str(workshop.folder / 'part.pth'))['params']
    both = {'params': table, 'params_ema': table}
    torch.save(both, str(workshop.folder / 'part_both.pth'))
    for name, align in (('ema_apart', 'false'), ('ema_aligned', 'true')):
        options = workshop.options(
            name, weights='part_both.pth', strict='false', ema=0.999,
            extra=f'weightcheck: {{align_ema: {align}}}',
        )  # fmt: skip
        done = workshop.train(options)
        assert done.code == 0, done.text
        said = [line for line in done.lines if 'net_g_ema' in line]
        assert any('net_g_ema verified' in line for line in said)
        words = 'got the values of net_g' if align == 'true' else 'different random values'
        assert any(words in line for line in said), said


def test_two_processes_stop_together(workshop: Workshop) -> None:
    import torch

    table = torch.load(str(workshop.folder / 'good.pth'))['params']
    table['body.0.conv1.bias'] += float('nan')
    torch.save({'params': table}, str(workshop.folder / 'nan.pth'))
    good = workshop.options('dist_good')
    bad = workshop.options('dist_bad', feat=12)
    nan = workshop.options('dist_nan', weights='nan.pth')
    for options, code in ((good, 0), (bad, 1), (nan, 1)):
        both = workshop.train_in_group('train_dist.py', options)
        assert [one.code for one in both] == [code, code], both[0].text + both[1].text
        if code:
            assert [one.err.count('Recommendation\n') for one in both] == [1, 0]
            assert not any(one.losses for one in both)
        else:
            assert any('net_g verified' in line for line in both[0].lines)


def test_a_launcher_is_left_with_nothing(workshop: Workshop) -> None:
    options = workshop.options('launched_bad', feat=12)
    done = workshop.run([
        *WARM, '-m', 'torch.distributed.run', '--nproc_per_node=2',
        f'--master_port={free_port()}', '-m', 'basicsr_weightcheck', 'run', 'train_dist.py',
        '-opt', options, '--launcher', 'pytorch',
    ])  # fmt: skip
    assert done.code != 0 and done.err.count('Recommendation\n') == 1 and not done.losses
    running = subprocess.run(['ps', 'ax', '-o', 'args'], capture_output=True, text=True).stdout
    assert 'train_dist.py' not in running


CPU_GROUP = """
torch.cuda.current_device = lambda: 0
import basicsr.models.base_model as base_model
import basicsr.utils.options as options_module
real = torch.nn.parallel.DistributedDataParallel
class OnCpu(real):
    def __init__(self, net, device_ids=None, **more):
        super().__init__(net, **more)
base_model.DistributedDataParallel = OnCpu
def init_dist(launcher, **_):
    torch.distributed.init_process_group('gloo')
options_module.init_dist = init_dist
from basicsr.train import"""


@pytest.fixture(autouse=True, scope='module')
def distributed_script(workshop: Workshop) -> None:
    """BasicSR's own init asks for CUDA; a CPU training brings its group itself."""
    text = (workshop.folder / 'train.py').read_text()
    text = text.replace('\nfrom basicsr.train import', CPU_GROUP)
    (workshop.folder / 'train_dist.py').write_text(text)


def test_imports_are_repaired_on_request(workshop: Workshop) -> None:
    """The script of a user who knows nothing of torchvision's changes."""
    (workshop.folder / 'train_bare.py').write_text(
        'import os\nfrom basicsr.train import train_pipeline\n'
        'if __name__ == "__main__":\n    train_pipeline(os.getcwd())\n'
    )
    run = [*WARM, '-m', 'basicsr_weightcheck', 'run']
    options = workshop.options('bare')
    assert workshop.run([*run, 'train_bare.py', '-opt', options]).code == 1
    done = workshop.run([*run, '--repair-imports', 'train_bare.py', '-opt', options])
    assert done.code == 0 and any('net_g verified' in line for line in done.lines)
    assert 'imports repaired for this process' in done.text


def test_a_plug_in_repository(workshop: Workshop) -> None:
    """Its own train.py imports x.archs and calls basicsr.train.train_pipeline, as HAT's does."""
    package = workshop.folder / 'plug'
    (package / 'archs').mkdir(parents=True)
    (package / '__init__.py').write_text('')
    (package / 'archs' / '__init__.py').write_text('from plug.archs import own_arch\n')
    (package / 'archs' / 'own_arch.py').write_text(
        'from basicsr.archs.edsr_arch import EDSR\n'
        'from basicsr.utils.registry import ARCH_REGISTRY\n'
        '@ARCH_REGISTRY.register()\nclass OwnNet(EDSR):\n    pass\n'
    )
    text = (workshop.folder / 'train.py').read_text()
    lines = 'sys.path.insert(0, os.getcwd())\nimport plug.archs\nfrom basicsr.train import'
    (package / 'train.py').write_text(text.replace('from basicsr.train import', lines))
    for name, feat, code in (('plug_good', 8, 0), ('plug_bad', 12, 1)):
        options = workshop.options(name, feat=feat)
        path = workshop.folder / options
        path.write_text(path.read_text().replace('type: EDSR', 'type: OwnNet'))
        run = [*WARM, '-m', 'basicsr_weightcheck', 'run']
        done = workshop.run([*run, 'plug/train.py', '-opt', options])
        assert done.code == code, done.text
        assert bool(done.losses) == (not code)
