"""Classes 10 and 17: the framework that is imported, and whether it can be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.rules.training.imports import ImportRepaired
from tests.agreement.legacy_layout import write_repository
from tests.failures.training_folder import (
    BASE,
    CLEANER,
    TrainingFolder,
    codes,
    first_of_training,
)

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
STARTED_SO = 'weightcheck: {repair_imports: true}\n'
# What the advice of WC504 comes to, for an installation that a test must not edit.
CURED = """import importlib.abc, importlib.util, sys
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name == 'torchvision.transforms.functional_tensor':
            return importlib.util.spec_from_loader(name, self)
    def exec_module(self, module):
        from torchvision.transforms.functional import rgb_to_grayscale
        module.rgb_to_grayscale = rgb_to_grayscale
sys.meta_path.insert(0, Finder())
"""


def repairs(document: Any) -> Any:
    found = [one for one in document['findings'] if one['code'] == 'WC504']
    return [one['parameters']['repair'] for one in found]


@pytest.mark.fires('WC504')
@pytest.mark.failure(10, 'WC504')
def test_functional_tensor(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    training.change(STARTED_SO, '')
    code, document = training.check()
    assert (code, document['verdict']) == (1, 'not-ready')
    assert first_of_training(document) == 'WC504' and 'functional-tensor' in repairs(document)
    (load,) = document['loads']  # what the weights would do is said all the same
    assert load['outcomes']['configured']['loads'] and load['findings'] == []
    # What is said of the training is what Python does.
    command = [sys.executable, '-W', 'ignore', '-c', 'import basicsr']
    done = subprocess.run(command, capture_output=True, text=True)
    error = document['findings'][0]['parameters']['error']
    assert done.returncode == 1 and done.stderr.strip().endswith(error)
    for lang in ('en', 'zh'):
        fix = ImportRepaired().said('fix-functional-tensor', lang)
        assert 'from torchvision.transforms.functional import rgb_to_grayscale' in fix


def test_a_training_that_is_started_with_the_repair_is_ready(
    training: TrainingFolder, weights: State
) -> None:
    training.save({'params': weights})
    by_yaml = training.check()
    training.change(STARTED_SO, '')
    by_option = training.check('--repair-imports')
    for code, document in (by_yaml, by_option):
        assert (code, document['verdict']) == (0, 'ready')
        (finding,) = [one for one in document['findings'] if one['code'] == 'WC504']
        assert finding['severity'] == 'info' and 'functional-tensor' in repairs(document)[0]


@pytest.mark.parametrize(
    'lang, word', [('en', 'not ready: the import of the framework'), ('zh', '不能开始训练')]
)
def test_what_is_missing_stands_in_the_line_of_the_verdict(
    training: TrainingFolder, weights: State, capfd: Any, lang: str, word: str
) -> None:
    training.save({'params': weights})
    training.change(STARTED_SO, '')
    assert main(['check', '-opt', 'train.yml', '--lang', lang, '--no-report']) == 1
    said = ' '.join(capfd.readouterr().out.split('net_g')[0].split())
    assert word in said and 'RuntimeError: operator torchvision::nms does not exist' in said


VERSION = 'from .version import __gitsha__, __version__\n'


@pytest.mark.parametrize('imported', [VERSION, 'from .version import *\n', ''])
def test_a_checkout_before_its_setup_has_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any, cleaner: State, imported: str
) -> None:
    """`python basicsr/train.py` stops at basicsr.version until setup.py has written it."""
    folder = Path(write_repository(str(tmp_path), ''))
    (folder / 'basicsr' / '__init__.py').write_text(imported)
    monkeypatch.chdir(folder)
    training = TrainingFolder(
        folder, capfd, None, BASE.format(name='fresh', model='ImageCleanModel', network=CLEANER)
    )
    training.save({'params': cleaner})
    training.change(STARTED_SO, '')
    code, document = training.check()
    if not imported:
        assert (code, document['verdict'], repairs(document)) == (0, 'ready', [])
        return
    assert (code, document['verdict']) == (1, 'not-ready')
    assert 'version-file' in repairs(document)
    error = "ModuleNotFoundError: No module named 'basicsr.version'"
    assert document['findings'][0]['parameters']['error'] == error
    (folder / 'basicsr' / 'version.py').write_text("__version__ = '1'\n__gitsha__ = 'a'\n")
    code, document = training.check()
    assert (code, document['verdict'], repairs(document)) == (0, 'ready', [])


LOG = """def get_env_info():
    import torchvision
    from basicsr.version import __version__
    return __version__ + torchvision.__version__
"""
GPU = """def get_env_info():
    raise RuntimeError('No CUDA GPUs are available')
"""


def test_what_only_the_first_lines_of_the_log_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any, cleaner: State
) -> None:
    """Restormer and NAFNet import torchvision in get_env_info alone: every training calls it."""
    folder = Path(write_repository(str(tmp_path), ''))
    (folder / 'basicsr' / '__init__.py').write_text('')
    utils = folder / 'basicsr' / 'utils' / '__init__.py'
    monkeypatch.chdir(folder)
    training = TrainingFolder(
        folder, capfd, None, BASE.format(name='log', model='ImageCleanModel', network=CLEANER)
    )
    training.save({'params': cleaner})
    training.change(STARTED_SO, '')
    utils.write_text(LOG)
    code, document = training.check()
    assert (code, document['verdict']) == (1, 'not-ready')
    assert {'torchvision-operators', 'version-file'} <= set(repairs(document))
    utils.write_text(GPU)  # which a check has not: no fault of the training
    code, document = training.check('--repair-imports')
    assert (code, document['verdict']) == (0, 'ready')


@pytest.mark.cold_child
def test_a_cured_installation_is_quiet(
    training: TrainingFolder, weights: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    from basicsr_weightcheck.rehearsal.stage import Stage
    from basicsr_weightcheck.workflow.checking import check as check_module

    (training.folder / 'sitecustomize.py').write_text(CURED)
    monkeypatch.setenv('PYTHONPATH', str(training.folder))
    monkeypatch.setattr(check_module, 'Stage', Stage)
    training.save({'params': weights})
    training.change(STARTED_SO, '')
    document = training.check()[1]
    assert 'functional-tensor' not in repairs(document)


@pytest.mark.fires('WC506')
@pytest.mark.failure(17, 'WC506')
def test_an_installed_basicsr_wins_against_the_repository(
    restormer: TrainingFolder, cleaner: State
) -> None:
    restormer.save({'params': cleaner})
    restormer.change(STARTED_SO, '')
    code, document = restormer.check()
    assert (code, document['verdict']) == (1, 'not-ready')
    assert first_of_training(document) == 'WC506'
    (finding,) = [one for one in document['findings'] if one['code'] == 'WC506']
    repository = str(restormer.folder.parent)
    assert finding['parameters']['origin'].startswith(repository)
    assert document['framework']['layout'] == 'legacy'
    # What is said of the import is what Python does, even with the repository first on the path.
    done = subprocess.run(
        [sys.executable, '-c', 'import importlib.util as u; print(u.find_spec("basicsr").origin)'],
        env=dict(os.environ, PYTHONPATH=repository),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().startswith(finding['parameters']['shadowed'])
    assert 'no __init__.py' in finding['message']
    # `run` imports the copy; a training that is started so is ready.
    code, document = restormer.check('--repair-imports')
    assert (code, document['verdict']) == (0, 'ready')
    (finding,) = [one for one in document['findings'] if one['code'] == 'WC506']
    assert finding['severity'] == 'info'


@pytest.mark.parametrize('page', ['text', 'markdown', 'github', 'html'])
def test_weights_that_load_are_no_comfort_in_another_framework(
    restormer: TrainingFolder, cleaner: State, capfd: Any, page: str
) -> None:
    restormer.save({'params': cleaner})
    restormer.change(STARTED_SO, '')
    words = ['check', '-opt', 'train.yml', '--format', page, '--lang', 'en']
    assert main([*words, '--no-report']) == 1
    said = capfd.readouterr().out
    assert 'ot ready: two copies of the framework' in said and 'everything loads' not in said
    assert 'No change is needed.' not in said and 'Nothing to change.' not in said


def test_a_vendored_copy_needs_no_repair_of_the_installed_one(
    restormer: TrainingFolder, cleaner: State
) -> None:
    restormer.save({'params': cleaner})
    restormer.change(STARTED_SO, '')
    _, document = restormer.check()
    assert 'functional-tensor' not in repairs(document) and 'namespace-package' not in repairs(
        document
    )


def test_one_framework_is_no_case(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    assert 'WC506' not in codes(training.check()[1])
