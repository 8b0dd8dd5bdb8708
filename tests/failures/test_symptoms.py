"""What is said of a load where no cause is found: how much of it is there, and what differs."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from tests.training import Training, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
RESTORMER = {'dim': 8, 'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1}
NOT_STRICT = ('strict_load_g: true', 'strict_load_g: false')


@pytest.mark.fires('WC204')
def test_a_part_is_loaded(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': {k: v for k, v in weights.items() if k != 'conv_last.bias'}})
    basicsr.change(*NOT_STRICT)
    (call,) = basicsr.really_load()
    assert (call.error, call.missing) == ('', ['conv_last.bias'])
    answer = basicsr.check()
    assert answer.exit_code == 0 and 'WC204' in answer.codes


@pytest.mark.fires('WC203')
def test_little_is_loaded(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': {k: v for k, v in weights.items() if 'bias' in k or 'first' in k}})
    basicsr.change(*NOT_STRICT)
    (call,) = basicsr.really_load()
    assert call.error == '' and len(call.missing) > 4
    assert 'WC203' in basicsr.check().codes


@pytest.mark.parametrize(
    'dropped, least, verdict',
    [
        ('0.conv1', 0.5, 'ready-partly'),
        ('0.conv1', 0.95, 'wrong-checkpoint'),
        ('weight', 0.5, 'wrong-checkpoint'),
        ('weight', 0.0, 'ready-partly'),
    ],
)
def test_the_user_says_how_much_is_enough(
    basicsr: Training, weights: State, dropped: str, least: float, verdict: str
) -> None:
    """As in the hook: the same option governs both."""
    basicsr.save({'params': {k: v for k, v in weights.items() if dropped not in k}})
    basicsr.change(*NOT_STRICT)
    basicsr.change('{repair_imports: true}', f'{{repair_imports: true, min_loaded: {least}}}')
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (int(verdict == 'wrong-checkpoint'), verdict)
    assert ('WC203' in answer.codes or 'WC212' in answer.codes) is bool(answer.exit_code)


@pytest.mark.fires('WC210')
def test_the_average_starts_on_other_random_values(basicsr: Training, weights: State) -> None:
    part = {key: value for key, value in weights.items() if key != 'conv_last.weight'}
    basicsr.save({'params': part, 'params_ema': part})
    basicsr.change(*NOT_STRICT)
    basicsr.change('ema_decay: 0', 'ema_decay: 0.9')
    model = basicsr.model()
    ours, average = (net.conv_last.weight for net in (model.net_g, model.net_g_ema))
    assert not (ours == average).all()
    answer = basicsr.check()
    assert ['WC210' in answer.codes_of(load) for load in range(2)] == [False, True]


@pytest.mark.fires('WC301')
def test_one_tensor_of_another_size(basicsr: Training, weights: State) -> None:
    import torch

    basicsr.save({'params': {**weights, 'conv_first.bias': torch.zeros(5)}})
    assert basicsr.really_load()[0].error == 'RuntimeError'
    finding = basicsr.check().found('WC301')
    assert (finding['severity'], finding['parameters']['key']) == ('error', 'conv_first.bias')


@pytest.mark.fires('WC307')
@pytest.mark.filterwarnings('ignore::UserWarning')
def test_wta_from_a_file_of_mdta(with_toys: Training) -> None:
    """Both have the same keys and shapes; the log of the file's training tells which it was."""
    path = with_toys.save({'params': state_of('Restormer', **RESTORMER)}, 'mdta/models/net_g_5.pth')
    network = dict(RESTORMER, type='Restormer', attn_types=['MDTA'] * 4)
    with_toys.compose(network, {'resume_state': None})
    other = with_toys.yaml.rename(with_toys.folder / 'mdta' / 'train.yml')
    with_toys.compose(dict(network, attn_types=['WTA'] * 4), {'pretrain_network_g': path})
    answer = with_toys.check()
    assert 'WC307' in answer.codes and answer.verdict == 'wrong-checkpoint'
    # Which of the two it was is not known.
    other.with_name('later.yml').write_text(other.read_text().replace('MDTA', 'WTA'))
    assert 'WC307' not in with_toys.check().codes
    (call,) = with_toys.really_load()
    assert not (call.error or call.missing or call.unexpected)


@pytest.mark.fires('WC306')
def test_hta_from_a_file_of_mdta(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('Restormer', **RESTORMER)})
    network = dict(RESTORMER, type='Restormer', attn_types=['HTA'] * 4)
    with_toys.compose(network, {'pretrain_network_g': path, 'strict_load_g': False})
    assert 'WC306' in with_toys.check().codes
    (call,) = with_toys.really_load()
    assert call.missing and all('.attn.' in key for key in call.missing)


def test_a_load_that_fits_has_no_symptoms(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights, 'params_ema': weights})
    basicsr.change('ema_decay: 0', 'ema_decay: 0.9')
    answer = basicsr.check()
    assert answer.first() == 'WC208'
    quiet = {'WC203', 'WC204', 'WC210', 'WC211', 'WC301', 'WC306', 'WC307'}
    assert not quiet & set(answer.codes)
