"""Rules about what stands beside a load: its file's origin, what runs before it, what is proven."""

from __future__ import annotations

import hashlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.plan.provenance import seal
from tests.agreement.conftest import RepairedBasicsr
from tests.agreement.real_run import is_clean
from tests.failures.training_folder import TrainingFolder, codes, first

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def leave_sidecar(training: TrainingFolder, source_sha256: str) -> None:
    """What the hook writes beside a file that a training saves."""
    options = dict(training.options()['network_g'])
    options.pop('type')
    document = {
        'section': 'network_g',
        'options': options,
        'class': 'basicsr.archs.edsr_arch.EDSR',
        'source_sha256': source_sha256,
        'file': seal('weights.pth'),
    }
    Path('weights.pth.weightcheck.json').write_text(json.dumps(document))


@pytest.mark.fires('WC308')
@pytest.mark.failure(27, 'WC308')
def test_the_source_of_the_class_has_changed(
    training: TrainingFolder, weights: State, basicsr: RepairedBasicsr
) -> None:
    """Everything loads; only the sidecar tells that the code was another."""
    training.save({'params': weights})
    network = type(basicsr.build_network(dict(training.options()['network_g'])))
    now = hashlib.sha256(inspect.getsource(network).encode()).hexdigest()
    leave_sidecar(training, now)
    assert 'WC308' not in codes(training.check()[1])
    leave_sidecar(training, '0' * 64)
    code, document = training.check()
    assert (code, document['verdict']) == (0, 'ready') and 'WC308' in codes(document)
    assert all(is_clean(call) for call in training.really_load())


@pytest.mark.fires('WC316')
def test_the_sidecar_is_of_another_file(training: TrainingFolder, weights: State) -> None:
    """The weights were written anew, the sidecar stayed: what it says of the class is not heard."""
    training.save({'params': weights})
    leave_sidecar(training, '0' * 64)
    training.save({'params': {key: value + 1 for key, value in weights.items()}})
    code, document = training.check()
    assert (code, document['verdict']) == (0, 'ready')
    assert 'WC316' in codes(document) and 'WC308' not in codes(document)


@pytest.mark.fires('WC403')
@pytest.mark.failure(37, 'WC403')
@pytest.mark.parametrize('value', ['None', '"null"', '"~"'])
def test_a_text_in_the_place_of_an_empty_key(
    training: TrainingFolder, weights: State, value: str
) -> None:
    """The root is meant; params is read without a word, or the load stops."""
    training.save(weights)
    training.change('  resume_state', f'  param_key_g: {value}\n  resume_state')
    assert training.really_load()[0].error == 'KeyError'
    document = training.cured()
    assert 'WC403' in codes(document)
    assert training.options()['path']['param_key_g'] is None
    assert all(is_clean(call) for call in training.really_load())
    assert 'WC403' not in codes(training.check()[1])


@pytest.mark.fires('WC505')
@pytest.mark.failure(17, 'WC505')
def test_a_framework_that_cannot_be_imported(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    assert 'WC505' not in codes(training.check()[1])
    for name in ('archs', 'models', 'utils'):
        Path('basicsr', name).mkdir(parents=True)
        Path('basicsr', name, '__init__.py').write_text('')
    for name in ('train.py', 'models/base_model.py'):
        Path('basicsr', name).write_text('')
    Path('basicsr/__init__.py').write_text('raise ImportError("broken on purpose")\n')
    done = subprocess.run([sys.executable, '-c', 'import basicsr'], stderr=subprocess.PIPE)
    assert b'broken on purpose' in done.stderr
    _, document = training.check()
    (finding,) = [one for one in document['findings'] if one['code'] == 'WC505']
    assert 'broken on purpose' in finding['message']


@pytest.mark.fires('WC508')
def test_a_load_behind_one_that_stops(training: TrainingFolder, weights: State) -> None:
    training.change('ema_decay: 0', 'ema_decay: 0.9')
    training.save({'params': weights, 'params_ema': weights})
    assert 'WC508' not in codes(training.check()[1])
    training.save({'params': dict(list(weights.items())[:-1]), 'params_ema': weights})
    (call,) = training.really_load()
    assert call.error == 'RuntimeError'
    _, document = training.check()
    said = [[one['code'] for one in load['findings']] for load in document['loads']]
    assert ['WC508' in load for load in said] == [False, True]


@pytest.mark.fires('WC510')
def test_a_recommendation_that_is_not_rehearsed(training: TrainingFolder, weights: State) -> None:
    training.save({'params': {f'net_g.{key}': value for key, value in weights.items()}})
    code, document = training.check('--no-rehearsal')
    assert (code, first(document)) == (1, 'WC209') and 'WC510' in codes(document)
    assert document['recommendation']['proof'] is None
    _, document = training.check()
    assert document['recommendation']['proof']['loads'] and 'WC510' not in codes(document)
