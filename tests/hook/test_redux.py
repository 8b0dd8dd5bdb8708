"""A training of the small imitation of traiNNer-redux under `run`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers import ROOT
from tests.hook.conftest import Result, Workshop
from tests.warm_child import WARM, run_python

pytestmark = pytest.mark.basicsr
FIXTURE = ROOT / 'tests' / 'fixtures' / 'redux_layout'
FILES = """import torch
from safetensors.torch import save_file
from traiNNer.archs import build_network
state = build_network({'type': 'small', 'scale': 2}).state_dict()
save_file(state, 'good.safetensors')
torch.save({f'generator.{name}': value for name, value in state.items()}, 'bad.pth')
"""
OPTIONS = """name: {name}
scale: 2
network_g: {{type: Small}}
path:
  pretrain_network_g: {weights}
  strict_load_g: false
train: {{total_iter: 3, ema_decay: 0.999}}
logger: {{}}
"""
RUN = (*WARM, '-m', 'basicsr_weightcheck', 'run', 'train.py', '-opt')


@pytest.fixture(scope='module')
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = Path(shutil.copytree(str(FIXTURE), str(tmp_path_factory.mktemp('redux') / 'site')))
    assert run_python([*WARM, '-c', FILES], folder).returncode == 0
    return Workshop(folder)


def _train(workshop: Workshop, name: str, weights: str, *more: str) -> Result:
    (workshop.folder / f'{name}.yml').write_text(OPTIONS.format(name=name, weights=weights))
    return workshop.run([*RUN, f'{name}.yml', *more])


def test_a_good_start_and_its_resume(workshop: Workshop) -> None:
    done = _train(workshop, 'good', 'good.safetensors')
    assert done.code == 0 and len(done.losses) == 3, done.text
    log = workshop.folder / 'experiments' / 'good' / 'train.log'
    assert 'weightcheck: net_g verified, 5 of 5 tensors' in log.read_text()
    done = _train(workshop, 'good', 'good.safetensors', '--auto_resume')
    assert done.code == 0 and len(done.losses) == 3, done.text
    for network in ('net_g', 'net_g_ema'):  # which the model has not got when it is loaded
        assert f'{network} verified, 5 of 5 tensors' in done.text, done.text


def test_what_is_saved_says_what_it_is(workshop: Workshop) -> None:
    _train(workshop, 'saved', 'good.safetensors')
    models = workshop.folder / 'experiments' / 'saved' / 'models'
    sidecar = models / 'resume_models' / 'net_g_3.safetensors.weightcheck.json'
    said = json.loads(sidecar.read_text())
    assert said['options'] == {'type': 'Small'} and said['name'] == 'saved'
    assert (models / 'net_g_ema_3.safetensors.weightcheck.json').is_file()


def test_one_line_in_the_script_and_a_corrected_yaml(workshop: Workshop) -> None:
    """`install()` watches the plain script; `--apply` writes what it then loads."""
    line = 'import basicsr_weightcheck\n\nbasicsr_weightcheck.install()\n'
    script = (workshop.folder / 'train.py').read_text()
    script = script.replace('import torch\n', f'{line}import torch\n')
    (workshop.folder / 'guarded.py').write_text(script)
    text = OPTIONS.format(name='applied', weights='good.safetensors')
    text = text.replace('pretrain_network_g:', 'pretrain_network_g_path:')
    (workshop.folder / 'applied.yml').write_text(text.replace('\npath:', '\n# where\npath:'))
    train = [*WARM, 'guarded.py', '-opt', 'applied.yml']
    before = workshop.run(train)
    assert 'verified' not in before.text and '5 of 5' not in before.text, before.text
    check = [*WARM, '-m', 'basicsr_weightcheck', 'check']
    workshop.run([*check, '-opt', 'applied.yml', '--apply', '--no-report'])
    written = (workshop.folder / 'applied.yml').read_text()
    assert '  pretrain_network_g: good.safetensors\n' in written and '# where' in written
    done = workshop.run(train)
    assert done.code == 0 and 'net_g verified, 5 of 5 tensors' in done.text, done.text


def test_a_load_of_nothing_stops_the_training(workshop: Workshop) -> None:
    done = _train(workshop, 'bad', 'bad.pth')
    assert done.code == 1 and not done.losses, done.text
    assert 'stops the training' in done.text and 'WC202' in done.text
