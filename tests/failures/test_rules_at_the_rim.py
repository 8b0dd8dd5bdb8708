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
from tests.agreement.real_run import is_clean
from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def leave_sidecar(training: Training, source_sha256: str) -> None:
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
def test_the_source_of_the_class_has_changed(basicsr: Training, weights: State) -> None:
    """Everything loads; only the sidecar tells that the code was another."""
    basicsr.save({'params': weights})
    network = type(basicsr.network())
    now = hashlib.sha256(inspect.getsource(network).encode()).hexdigest()
    leave_sidecar(basicsr, now)
    assert 'WC308' not in basicsr.check().codes
    leave_sidecar(basicsr, '0' * 64)
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready') and 'WC308' in answer.codes
    assert all(is_clean(call) for call in basicsr.really_load())


@pytest.mark.fires('WC316')
def test_the_sidecar_is_of_another_file(basicsr: Training, weights: State) -> None:
    """The weights were written anew, the sidecar stayed: what it says of the class is not heard."""
    basicsr.save({'params': weights})
    leave_sidecar(basicsr, '0' * 64)
    basicsr.save({'params': {key: value + 1 for key, value in weights.items()}})
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready')
    assert 'WC316' in answer.codes and 'WC308' not in answer.codes


@pytest.mark.fires('WC403')
@pytest.mark.failure(37, 'WC403')
@pytest.mark.parametrize('value', ['None', '"null"', '"~"'])
def test_a_text_in_the_place_of_an_empty_key(basicsr: Training, weights: State, value: str) -> None:
    """The root is meant; params is read without a word, or the load stops."""
    basicsr.save(weights)
    basicsr.change('  resume_state', f'  param_key_g: {value}\n  resume_state')
    assert basicsr.really_load()[0].error == 'KeyError'
    answer = basicsr.cured()
    assert 'WC403' in answer.codes
    assert basicsr.options()['path']['param_key_g'] is None
    assert all(is_clean(call) for call in basicsr.really_load())
    assert 'WC403' not in basicsr.check().codes


@pytest.mark.fires('WC505')
@pytest.mark.failure(17, 'WC505')
def test_a_framework_that_cannot_be_imported(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    assert 'WC505' not in basicsr.check().codes
    for name in ('archs', 'models', 'utils'):
        Path('basicsr', name).mkdir(parents=True)
        Path('basicsr', name, '__init__.py').write_text('')
    for name in ('train.py', 'models/base_model.py'):
        Path('basicsr', name).write_text('')
    Path('basicsr/__init__.py').write_text('raise ImportError("broken on purpose")\n')
    done = subprocess.run([sys.executable, '-c', 'import basicsr'], stderr=subprocess.PIPE)
    assert b'broken on purpose' in done.stderr
    assert 'broken on purpose' in basicsr.check().found('WC505')['message']


@pytest.mark.fires('WC508')
def test_a_load_behind_one_that_stops(basicsr: Training, weights: State) -> None:
    basicsr.change('ema_decay: 0', 'ema_decay: 0.9')
    basicsr.save({'params': weights, 'params_ema': weights})
    assert 'WC508' not in basicsr.check().codes
    basicsr.save({'params': dict(list(weights.items())[:-1]), 'params_ema': weights})
    (call,) = basicsr.really_load()
    assert call.error == 'RuntimeError'
    answer = basicsr.check()
    assert ['WC508' in answer.codes_of(load) for load in range(2)] == [False, True]


@pytest.mark.fires('WC510')
def test_a_recommendation_that_is_not_rehearsed(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': {f'net_g.{key}': value for key, value in weights.items()}})
    answer = basicsr.check('--no-rehearsal')
    assert (answer.exit_code, answer.first()) == (1, 'WC209') and 'WC510' in answer.codes
    assert answer.recommendation['proof'] is None
    answer = basicsr.check()
    assert answer.recommendation['proof']['loads'] and 'WC510' not in answer.codes
