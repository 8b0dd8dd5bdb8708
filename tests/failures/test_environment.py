"""Classes 10 and 17: the framework that is imported, and whether it can be."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.rules.training.imports import ImportRepaired
from tests.training import Answer, Training

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


def repairs(answer: Answer) -> List[str]:
    return [one['parameters']['repair'] for one in answer.findings if one['code'] == 'WC504']


@pytest.mark.fires('WC504')
@pytest.mark.failure(10, 'WC504')
def test_functional_tensor(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    basicsr.change(STARTED_SO, '')
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (1, 'not-ready')
    assert answer.first_of_training == 'WC504' and 'functional-tensor' in repairs(answer)
    (load,) = answer.loads  # what the weights would do is said all the same
    assert load['outcomes']['configured']['loads'] and load['findings'] == []
    # What is said of the training is what Python does.
    command = [sys.executable, '-W', 'ignore', '-c', 'import basicsr']
    done = subprocess.run(command, capture_output=True, text=True)
    error = answer.of_training[0]['parameters']['error']
    assert done.returncode == 1 and done.stderr.strip().endswith(error)
    for lang in ('en', 'zh'):
        fix = ImportRepaired().said('fix-functional-tensor', lang)
        assert 'from torchvision.transforms.functional import rgb_to_grayscale' in fix


def test_a_training_that_is_started_with_the_repair_is_ready(
    basicsr: Training, weights: State
) -> None:
    basicsr.save({'params': weights})
    by_yaml = basicsr.check()
    basicsr.change(STARTED_SO, '')
    by_option = basicsr.check('--repair-imports')
    for answer in (by_yaml, by_option):
        assert (answer.exit_code, answer.verdict) == (0, 'ready')
        finding = answer.found('WC504')
        assert finding['severity'] == 'info' and 'functional-tensor' in repairs(answer)[0]


@pytest.mark.parametrize(
    'lang, word', [('en', 'not ready: the import of the framework'), ('zh', '不能开始训练')]
)
def test_what_is_missing_stands_in_the_line_of_the_verdict(
    basicsr: Training, weights: State, lang: str, word: str
) -> None:
    basicsr.save({'params': weights})
    basicsr.change(STARTED_SO, '')
    exit_code, out, _ = basicsr.prints('--lang', lang, '--no-report')
    said = ' '.join(out.split('net_g')[0].split())
    assert (
        exit_code == 1
        and word in said
        and 'RuntimeError: operator torchvision::nms does not exist' in said
    )


VERSION = 'from .version import __gitsha__, __version__\n'


@pytest.mark.parametrize('imported', [VERSION, 'from .version import *\n', ''])
def test_a_checkout_before_its_setup_has_run(
    checkout: Training, cleaner: State, imported: str
) -> None:
    """`python basicsr/train.py` stops at basicsr.version until setup.py has written it."""
    package = checkout.folder / 'basicsr'
    (package / '__init__.py').write_text(imported)
    checkout.save({'params': cleaner})
    checkout.change(STARTED_SO, '')
    answer = checkout.check()
    if not imported:
        assert (answer.exit_code, answer.verdict, repairs(answer)) == (0, 'ready', [])
        return
    assert (answer.exit_code, answer.verdict) == (1, 'not-ready')
    assert 'version-file' in repairs(answer)
    error = "ModuleNotFoundError: No module named 'basicsr.version'"
    assert answer.of_training[0]['parameters']['error'] == error
    (package / 'version.py').write_text("__version__ = '1'\n__gitsha__ = 'a'\n")
    answer = checkout.check()
    assert (answer.exit_code, answer.verdict, repairs(answer)) == (0, 'ready', [])


LOG = """def get_env_info():
    import torchvision
    from basicsr.version import __version__
    return __version__ + torchvision.__version__
"""
GPU = """def get_env_info():
    raise RuntimeError('No CUDA GPUs are available')
"""


def test_what_only_the_first_lines_of_the_log_import(checkout: Training, cleaner: State) -> None:
    """Restormer and NAFNet import torchvision in get_env_info alone: every training calls it."""
    package = checkout.folder / 'basicsr'
    (package / '__init__.py').write_text('')
    checkout.save({'params': cleaner})
    checkout.change(STARTED_SO, '')
    (package / 'utils' / '__init__.py').write_text(LOG)
    answer = checkout.check()
    assert (answer.exit_code, answer.verdict) == (1, 'not-ready')
    assert {'torchvision-operators', 'version-file'} <= set(repairs(answer))
    (package / 'utils' / '__init__.py').write_text(
        GPU
    )  # which a check has not: no fault of the training
    answer = checkout.check('--repair-imports')
    assert (answer.exit_code, answer.verdict) == (0, 'ready')


@pytest.mark.cold_child
def test_a_cured_installation_is_quiet(
    basicsr: Training, weights: State, own_child: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (basicsr.folder / 'sitecustomize.py').write_text(CURED)
    monkeypatch.setenv('PYTHONPATH', str(basicsr.folder))
    basicsr.save({'params': weights})
    basicsr.change(STARTED_SO, '')
    answer = basicsr.check()
    assert 'functional-tensor' not in repairs(answer)


@pytest.mark.fires('WC506')
@pytest.mark.failure(17, 'WC506')
def test_an_installed_basicsr_wins_against_the_repository(
    restormer: Training, cleaner: State
) -> None:
    restormer.save({'params': cleaner})
    restormer.change(STARTED_SO, '')
    answer = restormer.check()
    assert (answer.exit_code, answer.verdict) == (1, 'not-ready')
    assert answer.first_of_training == 'WC506'
    finding = answer.found('WC506')
    repository = str(restormer.folder.parent)
    assert finding['parameters']['origin'].startswith(repository)
    assert answer.json['framework']['layout'] == 'legacy'
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
    answer = restormer.check('--repair-imports')
    assert (answer.exit_code, answer.verdict) == (0, 'ready')
    assert answer.found('WC506')['severity'] == 'info'


@pytest.mark.parametrize('page', ['text', 'markdown', 'github', 'html'])
def test_weights_that_load_are_no_comfort_in_another_framework(
    restormer: Training, cleaner: State, page: str
) -> None:
    restormer.save({'params': cleaner})
    restormer.change(STARTED_SO, '')
    exit_code, said, _ = restormer.prints('--format', page, '--lang', 'en', '--no-report')
    assert exit_code == 1
    assert 'ot ready: two copies of the framework' in said and 'everything loads' not in said
    assert 'No change is needed.' not in said and 'Nothing to change.' not in said


def test_a_vendored_copy_needs_no_repair_of_the_installed_one(
    restormer: Training, cleaner: State
) -> None:
    restormer.save({'params': cleaner})
    restormer.change(STARTED_SO, '')
    answer = restormer.check()
    assert not {'functional-tensor', 'namespace-package'} & set(repairs(answer))


def test_one_framework_is_no_case(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    assert 'WC506' not in basicsr.check().codes
