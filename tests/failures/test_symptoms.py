"""What is said of a load where no cause is found: how much of it is there, and what differs."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from tests.failures.training_folder import TrainingFolder, codes, first
from tests.failures.workbench import Bench, state_of
from tests.failures.workbench import codes as codes_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
RESTORMER = {'dim': 8, 'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1}
NOT_STRICT = ('strict_load_g: true', 'strict_load_g: false')


@pytest.mark.fires('WC204')
def test_a_part_is_loaded(training: TrainingFolder, weights: State) -> None:
    training.save({'params': {k: v for k, v in weights.items() if k != 'conv_last.bias'}})
    training.change(*NOT_STRICT)
    (call,) = training.really_load()
    assert (call.error, call.missing) == ('', ['conv_last.bias'])
    code, document = training.check()
    assert code == 0 and 'WC204' in codes(document)


@pytest.mark.fires('WC203')
def test_little_is_loaded(training: TrainingFolder, weights: State) -> None:
    training.save({'params': {k: v for k, v in weights.items() if 'bias' in k or 'first' in k}})
    training.change(*NOT_STRICT)
    (call,) = training.really_load()
    assert call.error == '' and len(call.missing) > 4
    assert 'WC203' in codes(training.check()[1])


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
    training: TrainingFolder, weights: State, dropped: str, least: float, verdict: str
) -> None:
    """As in the hook: the same option governs both."""
    training.save({'params': {k: v for k, v in weights.items() if dropped not in k}})
    training.change(*NOT_STRICT)
    training.change('{repair_imports: true}', f'{{repair_imports: true, min_loaded: {least}}}')
    code, document = training.check()
    assert (code, document['verdict']) == (int(verdict == 'wrong-checkpoint'), verdict)
    assert ('WC203' in codes(document) or 'WC212' in codes(document)) is bool(code)


@pytest.mark.fires('WC210')
def test_the_average_starts_on_other_random_values(
    training: TrainingFolder, weights: State
) -> None:
    part = {key: value for key, value in weights.items() if key != 'conv_last.weight'}
    training.save({'params': part, 'params_ema': part})
    training.change(*NOT_STRICT)
    training.change('ema_decay: 0', 'ema_decay: 0.9')
    model = training.model()
    ours, average = (net.conv_last.weight for net in (model.net_g, model.net_g_ema))
    assert not (ours == average).all()
    _, document = training.check()
    said = [['WC210' in [one['code'] for one in load['findings']]] for load in document['loads']]
    assert said == [[False], [True]]


@pytest.mark.fires('WC301')
def test_one_tensor_of_another_size(training: TrainingFolder, weights: State) -> None:
    import torch

    training.save({'params': {**weights, 'conv_first.bias': torch.zeros(5)}})
    assert training.really_load()[0].error == 'RuntimeError'
    _, document = training.check()
    (finding,) = [f for f in document['loads'][0]['findings'] if f['code'] == 'WC301']
    assert (finding['severity'], finding['parameters']['key']) == ('error', 'conv_first.bias')


@pytest.mark.fires('WC307')
@pytest.mark.filterwarnings('ignore::UserWarning')
def test_wta_from_a_file_of_mdta(bench: Bench) -> None:
    """Both have the same keys and shapes; the log of the file's training tells which it was."""
    path = bench.save({'params': state_of('Restormer', **RESTORMER)}, 'mdta/models/net_g_5.pth')
    network = dict(RESTORMER, type='Restormer', attn_types=['WTA'] * 4)
    bench.write(dict(RESTORMER, type='Restormer', attn_types=['MDTA'] * 4), {'resume_state': None})
    (bench.folder / 'train.yml').rename(bench.folder / 'mdta' / 'train.yml')
    bench.write(network, {'pretrain_network_g': path})
    report = bench.check()
    assert 'WC307' in codes_of(report) and report.verdict == 'wrong-checkpoint'
    other = (bench.folder / 'mdta' / 'train.yml').read_text().replace('MDTA', 'WTA')
    (bench.folder / 'mdta' / 'later.yml').write_text(other)  # which of the two it was is not known
    assert 'WC307' not in codes_of(bench.check())
    (call,) = bench.really_load()
    assert not (call.error or call.missing or call.unexpected)


@pytest.mark.fires('WC306')
def test_hta_from_a_file_of_mdta(bench: Bench) -> None:
    path = bench.save({'params': state_of('Restormer', **RESTORMER)})
    network = dict(RESTORMER, type='Restormer', attn_types=['HTA'] * 4)
    bench.write(network, {'pretrain_network_g': path, 'strict_load_g': False})
    assert 'WC306' in codes_of(bench.check())
    (call,) = bench.really_load()
    assert call.missing and all('.attn.' in key for key in call.missing)


def test_a_load_that_fits_has_no_symptoms(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights, 'params_ema': weights})
    training.change('ema_decay: 0', 'ema_decay: 0.9')
    _, document = training.check()
    assert first(document) == 'WC208'
    quiet = {'WC203', 'WC204', 'WC210', 'WC211', 'WC301', 'WC306', 'WC307'}
    assert not quiet & set(codes(document))
