"""The JSON of check and of errors keeps to its schema, in each situation with a form of its own.

The fixture `basicsr` holds every document of the tests in this folder against its schema, too.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict

import jsonschema
import pytest

from basicsr_weightcheck.cli.main import main
from tests.check.conftest import BASE
from tests.schemas import SCHEMAS, validate, validator
from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def good(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})


def wrong(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': {f'net_g.{key}': value for key, value in edsr.items()}})
    basicsr.change('strict_load_g: true', 'strict_load_g: false')


def other_shapes(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    basicsr.change('num_feat: 8', 'num_feat: 4')


def cut(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    os.truncate('weights.pth', os.path.getsize('weights.pth') // 2)


def no_weights(basicsr: Training, edsr: State) -> None:
    (basicsr.folder / 'weights.pth').write_text('<html>sign in</html>')


def own_class(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    basicsr.change('type: EDSR', 'type: MyOwn')


def ema(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr, 'params_ema': edsr})
    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')


def flat_with_ema(basicsr: Training, edsr: State) -> None:
    basicsr.save(edsr)
    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')


def resume(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr}, 'experiments/probe/models/net_g_4.pth')
    groups = [{'params': list(range(len(edsr)))}]
    optimizer = {'state': {}, 'param_groups': groups}
    state = {'epoch': 0, 'iter': 4, 'optimizers': [optimizer], 'schedulers': [{}]}
    basicsr.save(state, 'experiments/probe/training_states/4.state')
    basicsr.save({'params': edsr})


def not_a_number(basicsr: Training, edsr: State) -> None:
    """JSON has no number for it."""
    good(basicsr, edsr)
    basicsr.change('strict_load_g: true', 'strict_load_g: .nan')


def nothing(basicsr: Training, edsr: State) -> None:
    basicsr.change('weights.pth', '~')


SITUATIONS = {
    # name: (what is made, more options, exit code, verdict)
    'good': (good, (), 0, 'ready'),
    'wrong': (wrong, (), 1, 'convert'),
    'other_shapes': (other_shapes, (), 1, None),
    'cut': (cut, (), 1, 'unusable-file'),
    'no_weights': (no_weights, (), 1, 'unusable-file'),
    'could_not_check': (own_class, ('--no-rehearsal',), 2, 'could-not-check'),
    'ema': (ema, (), 0, 'ready'),
    'flat_with_ema': (flat_with_ema, (), 1, 'convert'),
    'resume': (resume, ('--auto_resume',), 0, 'ready'),
    'not_a_number': (not_a_number, (), 0, 'ready'),
    'nothing': (nothing, (), 0, 'nothing-to-load'),
}


@pytest.mark.parametrize('name', SITUATIONS)
def test_a_check_keeps_to_the_schema(name: str, basicsr: Training, edsr: State) -> None:
    make: Callable[[Training, State], None]
    make, more, expected, verdict = SITUATIONS[name]
    make(basicsr, edsr)
    answer = basicsr.check(*more)
    assert answer.json['format'] == 'basicsr-weightcheck.check/2'
    assert answer.exit_code == expected
    assert verdict is None or answer.verdict == verdict


def test_several_checks_keep_to_the_schema(basicsr: Training, edsr: State, capfd: Any) -> None:
    good(basicsr, edsr)
    (basicsr.folder / 'second.yml').write_text(BASE.replace('probe', 'second'))
    assert main(['check', '-opt', 'train.yml', 'second.yml', '--format', 'json']) == 0
    document = json.loads(capfd.readouterr().out)
    assert document['format'] == 'basicsr-weightcheck.checks/2'
    validate(document)
    document['checks'][0]['verdict'] = 'perhaps'
    with pytest.raises(jsonschema.ValidationError):
        validate(document)


@pytest.mark.parametrize(
    'words',
    [
        ('check', '-opt', 'none.yml'),
        ('check', '-opt', 'train.yml'),
        ('inspect', 'none.pth'),
        ('compare', 'train.yml', 'train.yml'),
        ('scan', '-opt', 'none.yml', 'none.pth'),
        ('explain', 'WC000'),
    ],
    ids=' '.join,
)
def test_an_error_keeps_to_the_schema(words: Any, basicsr: Training, capfd: Any) -> None:
    assert main([*words, '--format', 'json']) == 2
    document = json.loads(capfd.readouterr().out)
    assert document['format'] == 'basicsr-weightcheck.error/1'
    validate(document)


@pytest.mark.parametrize('path', sorted(SCHEMAS.glob('*.json')), ids=lambda path: path.stem)
def test_a_schema_is_one_and_is_closed(path: Path) -> None:
    """An empty document never passes, nor one with a field that the schema does not know."""
    schema = validator(path.stem)
    title = str(schema.schema['title'])
    assert title == f'basicsr-weightcheck.{path.stem.replace("-", "/")}'
    with pytest.raises(jsonschema.ValidationError):
        schema.validate({})
