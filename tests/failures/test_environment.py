"""Classes 10 and 17: the framework that is imported, and whether it can be."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.messages.lookup import label
from tests.failures.training_folder import TrainingFolder, codes, first_of_training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
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
    code, document = training.check()
    assert code == 0 and first_of_training(document) == 'WC504'
    assert 'functional-tensor' in repairs(document)
    for lang in ('en', 'zh'):
        fix = label('fix-functional-tensor', lang)
        assert 'from torchvision.transforms.functional import rgb_to_grayscale' in fix


@pytest.mark.cold_child
def test_a_cured_installation_is_quiet(
    training: TrainingFolder, weights: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    from basicsr_weightcheck.rehearsal.stage import Stage
    from basicsr_weightcheck.workflow import check as check_module

    (training.folder / 'sitecustomize.py').write_text(CURED)
    monkeypatch.setenv('PYTHONPATH', str(training.folder))
    monkeypatch.setattr(check_module, 'Stage', Stage)
    training.save({'params': weights})
    assert 'functional-tensor' not in repairs(training.check()[1])


@pytest.mark.fires('WC506')
@pytest.mark.failure(17, 'WC506')
def test_an_installed_basicsr_wins_against_the_repository(
    restormer: TrainingFolder, cleaner: State
) -> None:
    restormer.save({'params': cleaner})
    code, document = restormer.check()
    assert code == 1 and first_of_training(document) == 'WC506'
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


@pytest.mark.parametrize('page', ['text', 'markdown', 'github', 'html'])
def test_weights_that_load_are_no_comfort_in_another_framework(
    restormer: TrainingFolder, cleaner: State, capfd: Any, page: str
) -> None:
    restormer.save({'params': cleaner})
    words = ['check', '-opt', 'train.yml', '--format', page, '--lang', 'en']
    assert main([*words, '--no-report']) == 1
    said = capfd.readouterr().out
    assert 'everything loads. But see the ERROR about the training.' in said
    assert 'No change is needed.' not in said and 'Nothing. Start the training.' not in said


def test_a_vendored_copy_needs_no_repair_of_the_installed_one(
    restormer: TrainingFolder, cleaner: State
) -> None:
    restormer.save({'params': cleaner})
    _, document = restormer.check()
    assert 'functional-tensor' not in repairs(document) and 'namespace-package' not in repairs(
        document
    )


def test_one_framework_is_no_case(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    assert 'WC506' not in codes(training.check()[1])
