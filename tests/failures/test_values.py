"""Class 32 and silent trap 12: values that load and do harm."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Dict

import pytest

from tests.failures.training_folder import EDSR, TrainingFolder, codes, first

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
def test_another_precision(training: TrainingFolder, weights: State, dtype: str) -> None:
    import torch

    training.save({'params': {k: v.to(getattr(torch, dtype)) for k, v in weights.items()}})
    code, document = training.check('--fail-on', 'warning')
    assert (code, first(document)) == (1, 'WC601')
    finding = document['loads'][0]['findings'][0]
    assert finding['severity'] == 'warning' and dtype in finding['message']
    training.save({'params': weights})
    assert 'WC601' not in codes(training.check()[1])


def test_more_digits_are_only_mentioned(training: TrainingFolder, weights: State) -> None:
    training.save({'params': {key: value.double() for key, value in weights.items()}})
    _, document = training.check()
    assert document['loads'][0]['findings'][0]['severity'] == 'info'


@pytest.mark.failure(32, 'WC602')
@pytest.mark.parametrize('value, code', [
    pytest.param(float('nan'), 'WC602', marks=pytest.mark.fires('WC602')),
    pytest.param(float('-inf'), 'WC603', marks=pytest.mark.fires('WC603')),
])  # fmt: skip
def test_values_that_are_no_numbers(
    training: TrainingFolder, weights: State, value: float, code: str
) -> None:
    training.save({'params': with_value(weights, value), 'params_ema': weights})
    assert training.check()[0] == 0 and training.really_load()[0].error == ''
    status, document = training.check('--values')
    assert (status, first(document)) == (1, code)
    parameters = document['loads'][0]['findings'][0]['parameters']
    assert (parameters['count'], parameters['first']) == (1, 'conv_first.weight')
    training.change('  resume_state', '  param_key_g: params_ema\n  resume_state')
    status, document = training.check('--values')
    assert status == 0 and not {'WC602', 'WC603', 'WC604', 'WC605'} & set(codes(document))


@pytest.mark.fires('WC604')
def test_nothing_but_zeros(training: TrainingFolder, weights: State) -> None:
    training.save({'params': {key: value * 0 for key, value in weights.items()}})
    status, document = training.check('--values')
    assert (status, first(document)) == (1, 'WC604')


def test_buffers_do_not_hide_that_every_weight_is_zero(training: TrainingFolder) -> None:
    """As the indices and masks of SwinIR do, which are never zero."""
    from basicsr.archs.swinir_arch import SwinIR

    network = SwinIR(**SWIN)
    training.change(EDSR, str(dict(SWIN, type='SwinIR')))
    for first_value, said in ((0.0, True), (1.0, False)):
        for one in network.parameters():
            one.data.zero_()
        next(network.parameters()).data.fill_(first_value)
        training.save({'params': network.state_dict()})
        _, document = training.check('--values')
        assert ('WC604' in codes(document)) is said


@pytest.mark.fires('WC605')
def test_bytes_that_changed_on_the_disk(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    path = Path('weights.pth')
    with zipfile.ZipFile(str(path)) as archive:
        entry = next(one for one in archive.infolist() if one.filename.endswith('data/0'))
    data = bytearray(path.read_bytes())
    at = data.index(weights['conv_first.weight'].numpy().tobytes(), entry.header_offset)
    data[at + 1] ^= 1
    path.write_bytes(data)
    assert training.check()[0] == 0 and training.really_load()[0].error == ''
    status, document = training.check('--values')
    assert (status, first(document)) == (1, 'WC605'), codes(document)


def test_values_of_every_network(training: TrainingFolder, weights: State) -> None:
    """net_g_ema reads another table: each load is told of its own."""
    training.save({'params': weights, 'params_ema': with_value(weights, float('nan'))})
    training.change('ema_decay: 0', 'ema_decay: 0.999')
    status, document = training.check('--values')
    assert status == 1 and first(document, 0) != 'WC602' and first(document, 1) == 'WC602'
