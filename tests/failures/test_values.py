"""Class 32 and silent trap 12: values that load and do harm."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Dict

import pytest

from tests.training import EDSR, Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
SWIN: Dict[str, Any] = {
    'embed_dim': 4, 'depths': [2], 'num_heads': [1], 'window_size': 4, 'img_size': 8,
    'upscale': 2, 'upsampler': 'pixelshuffledirect',
}  # fmt: skip


def with_value(state: State, value: float) -> State:
    changed = {key: tensor.clone() for key, tensor in state.items()}
    changed['conv_first.weight'][0, 0, 0, 0] = value
    return changed


@pytest.mark.fires('WC601')
@pytest.mark.failure(32, 'WC601')
@pytest.mark.parametrize('dtype', ['float16', 'bfloat16', 'int32', 'complex64'])
def test_another_precision(basicsr: Training, weights: State, dtype: str) -> None:
    import torch

    basicsr.save({'params': {k: v.to(getattr(torch, dtype)) for k, v in weights.items()}})
    answer = basicsr.check('--fail-on', 'warning')
    assert (answer.exit_code, answer.first()) == (1, 'WC601')
    finding = answer.found('WC601')
    assert finding['severity'] == 'warning' and dtype in finding['message']
    basicsr.save({'params': weights})
    assert 'WC601' not in basicsr.check().codes


def test_more_digits_are_only_mentioned(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': {key: value.double() for key, value in weights.items()}})
    answer = basicsr.check()
    assert answer.loads[0]['findings'][0]['severity'] == 'info'


@pytest.mark.failure(32, 'WC602')
@pytest.mark.parametrize('value, code', [
    pytest.param(float('nan'), 'WC602', marks=pytest.mark.fires('WC602')),
    pytest.param(float('-inf'), 'WC603', marks=pytest.mark.fires('WC603')),
])  # fmt: skip
def test_values_that_are_no_numbers(
    basicsr: Training, weights: State, value: float, code: str
) -> None:
    basicsr.save({'params': with_value(weights, value), 'params_ema': weights})
    assert basicsr.check().exit_code == 0 and basicsr.really_load()[0].error == ''
    answer = basicsr.check('--values')
    assert (answer.exit_code, answer.first()) == (1, code)
    facts = answer.facts(code)
    assert (facts['count'], facts['first']) == (1, 'conv_first.weight')
    basicsr.change('  resume_state', '  param_key_g: params_ema\n  resume_state')
    answer = basicsr.check('--values')
    assert answer.exit_code == 0 and not {'WC602', 'WC603', 'WC604', 'WC605'} & set(answer.codes)


@pytest.mark.fires('WC604')
def test_nothing_but_zeros(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': {key: value * 0 for key, value in weights.items()}})
    answer = basicsr.check('--values')
    assert (answer.exit_code, answer.first()) == (1, 'WC604')


def test_buffers_do_not_hide_that_every_weight_is_zero(basicsr: Training) -> None:
    """As the indices and masks of SwinIR do, which are never zero."""
    from basicsr.archs.swinir_arch import SwinIR

    network = SwinIR(**SWIN)
    basicsr.change(EDSR, str(dict(SWIN, type='SwinIR')))
    for first_value, said in ((0.0, True), (1.0, False)):
        for one in network.parameters():
            one.data.zero_()
        next(network.parameters()).data.fill_(first_value)
        basicsr.save({'params': network.state_dict()})
        assert ('WC604' in basicsr.check('--values').codes) is said


@pytest.mark.fires('WC605')
def test_bytes_that_changed_on_the_disk(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    path = Path('weights.pth')
    with zipfile.ZipFile(str(path)) as archive:
        entry = next(one for one in archive.infolist() if one.filename.endswith('data/0'))
    data = bytearray(path.read_bytes())
    at = data.index(weights['conv_first.weight'].numpy().tobytes(), entry.header_offset)
    data[at + 1] ^= 1
    path.write_bytes(data)
    assert basicsr.check().exit_code == 0 and basicsr.really_load()[0].error == ''
    answer = basicsr.check('--values')
    assert (answer.exit_code, answer.first()) == (1, 'WC605'), answer.codes


def test_values_of_every_network(basicsr: Training, weights: State) -> None:
    """net_g_ema reads another table: each load is told of its own."""
    basicsr.save({'params': weights, 'params_ema': with_value(weights, float('nan'))})
    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')
    answer = basicsr.check('--values')
    assert answer.exit_code == 1 and answer.first(0) != 'WC602' and answer.first(1) == 'WC602'
