"""Layouts of forks: parts at a repository's root, copies of basicsr by another name, neighbours."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from tests.failures.real_fork import really_loaded
from tests.helpers import ROOT
from tests.training import Training, base
from tests.warm_child import WARM, run_python

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
Fork = Callable[[str, str], Training]
PATH = 'pretrain_network_g: weights.pth'


def small_state(width: int = 4) -> Dict[str, Any]:
    from torch import nn

    layers = {'body': nn.Conv2d(3, width, 3), 'tail': nn.Conv2d(width, 3, 3)}
    return {
        f'{name}.{key}': value
        for name, layer in layers.items()
        for key, value in layer.state_dict().items()
    }


@pytest.fixture
def fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Fork:
    """Make a training at the root of a repository of this layout: 'root' or 'renamed'."""

    def fork(layout: str, model: str) -> Training:
        repository = tmp_path / 'repository'
        shutil.copytree(ROOT / 'tests' / 'fixtures' / f'{layout}_layout', repository)
        monkeypatch.chdir(repository)
        network = f'{{type: {"RootNet" if layout == "root" else "OwnNet"}, width: 4}}'
        training = Training(repository, capfd, base(model=model, network=network))
        training.save({'params': small_state()})
        return training

    return fork


@pytest.mark.parametrize('layout, model', [('root', 'LoadingModel'), ('renamed', 'SRModel')])
def test_a_fork_is_checked_by_its_own_code(fork: Fork, layout: str, model: str) -> None:
    training = fork(layout, model)
    answer = training.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready'), answer.json
    (load,) = answer.loads
    assert load['keys']['matched'] == really_loaded(training.folder, layout) == 4
    training.save({'params': small_state(6)})
    answer = training.check()
    assert answer.exit_code == 1 and not answer.loads[0]['outcomes']['configured']['loads']
    assert really_loaded(training.folder, layout) == 'RuntimeError'


def test_only_the_repository_of_the_options_is_imported(fork: Fork) -> None:
    """Neighbours whose archs cannot even be imported are none of its business."""
    training = fork('root', 'LoadingModel')
    for neighbour, mark in (('other', 'setup.py'), ('third', 'README.md')):
        archs = training.folder.parent / neighbour / 'archs'
        archs.mkdir(parents=True)
        (archs / '__init__.py').write_text('raise RuntimeError\n')
        (archs / 'bad_arch.py').write_text('')
        (archs.parent / mark).write_text('')
    for folder in (training.folder, training.folder.parent):
        found = find_framework(str(training.folder / 'options' / 'train.yml'), str(folder))
        assert found.plugins == (('', str(training.folder)),) and not found.vendored
    assert training.check().exit_code == 0


def test_without_a_repository_the_search_ends_with_the_file_system(tmp_path: Path) -> None:
    (tmp_path.parent / 'setup.cfg').unlink()  # which makes one of every folder of these tests
    found = find_framework(str(tmp_path / 'options' / 'train.yml'), str(tmp_path))
    assert found.name == 'basicsr' and not found.vendored


def test_experiments_lie_where_the_start_script_puts_them(fork: Fork) -> None:
    """This one takes the folder above its repository for the root."""
    training = fork('root', 'LoadingModel')
    (training.folder.parent / 'experiments' / 'probe').mkdir(parents=True)
    answer = training.check()
    assert answer.exit_code == 0 and answer.verdict == 'ready'
    training.change(PATH, 'pretrain_network_g: ../experiments/probe/w.pth')
    training.save({'params': small_state()}, '../experiments/probe/w.pth')
    assert 'WC501' in training.check().codes


@pytest.mark.fires('WC431')
@pytest.mark.parametrize('model, how', [
    ('QuietModel', 'option-looked-up'), ('ElsewhereModel', 'option-not-looked-up'),
])  # fmt: skip
def test_weights_that_the_model_never_loads(fork: Fork, model: str, how: str) -> None:
    training = fork('root', model)
    answer = training.check()
    assert (answer.exit_code, answer.verdict) == (1, 'not-ready')
    assert answer.first_of_training == 'WC431'
    facts = answer.facts('WC431')
    assert facts['how'] == f'label:{how}' and facts['model'] == model
    assert facts['file'] == str(training.folder / 'models' / 'quiet_model.py')
    assert answer.found('WC431')['line'] == 8
    assert really_loaded(training.folder, 'root') == 0


def test_weights_of_a_network_that_is_not_built_are_a_warning(fork: Fork) -> None:
    training = fork('root', 'LoadingModel')
    training.change(f'  {PATH}', f'  {PATH}\n  pretrain_network_d: weights.pth')
    training.change('\npath:', '\nnetwork_d: {type: RootNet}\npath:')
    answer = training.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready')
    assert answer.found('WC431')['severity'] == 'warning'


@pytest.mark.fires('WC530')
def test_a_missing_package_is_named_with_the_file_that_imports_it(fork: Fork) -> None:
    training = fork('renamed', 'SRModel')
    source = training.folder / 'own' / 'archs' / 'small_arch.py'
    source.write_text('import mamba_ssm\n' + source.read_text())
    answer = training.check()
    assert answer.exit_code == 2 and answer.verdict == 'could-not-check'
    assert answer.facts('WC530') == {'package': 'mamba_ssm', 'importer': f'{source}:1'}
    assert f'({source}:1)' in answer.found('WC505')['message']  # the framework itself is in order


@pytest.mark.fires('WC531')
def test_what_the_header_tells_is_told_without_the_framework(fork: Fork, weights: Any) -> None:
    training = fork('renamed', 'SRModel')
    (training.folder / 'own' / 'archs' / 'small_arch.py').write_text('import mamba_ssm\n')
    training.save({'params': weights})
    assert training.check().facts('WC531')['network_type'] == 'EDSR'


def test_the_header_is_told_beside_a_network_that_cannot_be_built(fork: Fork, weights: Any) -> None:
    training = fork('root', 'LoadingModel')
    training.save({'params': weights})
    source = training.folder / 'archs' / 'small_arch.py'
    text = source.read_text().replace('super().__init__()', 'import mamba_ssm')
    source.write_text(text)
    error = training.refused()
    assert error['code'] == 'network-fails' and 'is a EDSR (' in error['advice']
    assert 'pip install mamba_ssm' in error['advice']


@pytest.mark.fires('WC560')
def test_a_pinned_version_is_said_once(fork: Fork) -> None:
    training = fork('root', 'LoadingModel')
    (training.folder / 'requirements.txt').write_text('torch>=1.7\nbasicsr==1.3.4.9\n')
    answer = training.check()
    assert answer.exit_code == 0
    facts = answer.facts('WC560')
    assert (facts['pinned'], facts['installed']) == ('1.3.4.9', '1.4.2')


@pytest.mark.parametrize('text, code', [
    (None, 'import-asked-lacks'), ('import nothing_of_this_name\n', 'import-asked-fails'),
    ('raise ValueError\n', 'import-asked-fails'),
])  # fmt: skip
def test_import_names_what_is_wrong_with_it(fork: Fork, text: Any, code: str) -> None:
    training = fork('renamed', 'SRModel')
    if text is not None:
        (training.folder / 'mine.py').write_text(text)
    error = training.refused('--import', 'mine')
    assert error['code'] == code and '--import mine' in error['what']


def test_import_finds_modules_in_the_working_directory(fork: Fork) -> None:
    training = fork('root', 'LoadingModel')
    (training.folder / 'mine.py').write_text(
        "from basicsr.utils.registry import ARCH_REGISTRY\n"
        "from archs.small_arch import RootNet\n"
        "@ARCH_REGISTRY.register()\n"
        "class MineNet(RootNet):\n    pass\n"
    )  # fmt: skip
    training.change('RootNet', 'MineNet')
    answer = training.check('--import', 'mine')
    assert (answer.exit_code, answer.verdict) == (0, 'ready')


MARKS = {
    'MMagic': ('mmagic/__init__.py', 'configs/x.py'),
    'MMEditing': ('mmedit/__init__.py', 'configs/x.py'),
    'traiNNer': ('codes/train.py', 'codes/models/networks.py', 'codes/options/defaults.py'),
    'BasicSR before 1.0': (
        'codes/train_x.py',
        'codes/models/networks.py',
        'codes/models/archs/x.py',
    ),
    'PyTorch Lightning': ('train_model.py',),
}


@pytest.mark.parametrize('name', list(MARKS))
def test_what_is_not_supported_is_said_in_one_sentence(name: str, basicsr: Training) -> None:
    for mark in MARKS[name]:
        path = basicsr.folder / mark
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('import lightning.pytorch as pl\n\n\ndef define_G(opt): ...\n')
    error = basicsr.refused()
    assert error['code'] == 'unsupported' and name in error['what']
    assert 'inspect' in error['advice']


def test_options_of_an_earlier_basicsr_are_nobody_elses(basicsr: Training) -> None:
    text = basicsr.yaml.read_text().replace('network_g:', 'network_G:')
    text = text.replace('model_type:', 'model:').replace('pretrain_network_g', 'pretrain_model_G')
    basicsr.write(text)
    assert basicsr.refused()['code'] == 'unknown-options'


def test_a_folder_of_archs_is_a_plugin_unless_its_scripts_start_there(basicsr: Training) -> None:
    """As plksr/ without an __init__.py; a neighbour that is a repository says `import archs`."""
    archs = basicsr.folder / 'mine' / 'archs'
    archs.mkdir(parents=True)
    (archs / 'mine_arch.py').write_text('')
    script = basicsr.folder / 'mine' / 'train.py'
    for line, plugins in (
        ('import mine.archs', (('mine', str(basicsr.folder)),)),
        ('import archs', ()),
    ):
        script.write_text(f'{line}\n')
        assert find_framework(str(basicsr.yaml), str(basicsr.folder)).plugins == plugins


def test_a_copy_of_another_name_is_guarded_under_run(fork: Fork) -> None:
    """The hook waits for the package of the repository that the options belong to."""
    training = fork('renamed', 'SRModel')
    command = [*WARM, '-m', 'basicsr_weightcheck', 'run']
    command += [os.path.join('own', 'train.py'), '-opt', 'train.yml']
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    for width, code, words in ((4, 0, 'net_g verified, 4 of 4'), (6, 1, 'stops the training')):
        training.save({'params': small_state(width)})
        done = run_python(command, os.getcwd(), environment)
        assert (done.returncode, words in done.stdout + done.stderr) == (code, True), done.stderr
        assert ('the training begins' in done.stdout) is (code == 0)


def test_a_plug_in_that_a_copys_own_script_does_without(fork: Fork) -> None:
    """As realesrgan/ in LDL, which torchvision has outgrown: basicsr/train.py needs none of it."""
    training = fork('renamed', 'SRModel')
    training.save({'params': small_state(4)})
    for part, text in (('', ''), ('archs', ''), ('models', 'import no_such_thing\n')):
        (training.folder / 'extra' / part).mkdir()
        (training.folder / 'extra' / part / '__init__.py').write_text(text)
    (training.folder / 'extra' / 'archs' / 'extra_arch.py').write_text('')
    answer = training.check()
    assert answer.verdict == 'ready' and answer.facts('WC527')['package'] == 'extra.models'
    command = [sys.executable, os.path.join('own', 'train.py'), '-opt', 'train.yml']
    there = os.pathsep.join([str(ROOT), str(training.folder)])
    done = run_python(command, os.getcwd(), dict(os.environ, PYTHONPATH=there))
    assert done.returncode == 0 and 'the training begins' in done.stdout, done.stderr
    training.change('model_type: SRModel', 'model_type: ExtraModel')
    assert training.check().facts('WC505')['error'] == 'ModuleNotFoundError'


def test_options_of_no_framework_are_told_as_that(basicsr: Training) -> None:
    basicsr.write('trainer: {max_epochs: 3}\ndata: {batch_size: 4}\n')
    error = basicsr.refused()
    assert error['code'] == 'unknown-options'
    assert 'trainer' in error['what'] and 'inspect' in error['advice']
