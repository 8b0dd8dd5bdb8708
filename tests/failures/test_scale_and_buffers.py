"""Another scale, channels, image size: the cause, and whether the change is meant."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.rules.catalog import message
from tests.agreement.real_run import is_clean
from tests.training import Training, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
Section = Dict[str, Any]

SWIN: Section = {
    'img_size': 16,
    'embed_dim': 12,
    'depths': [2, 2],
    'num_heads': [2, 2],
    'window_size': 8,
    'mlp_ratio': 2,
    'upsampler': 'pixelshuffle',
}
RRDB = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'num_grow_ch': 4}
RESIDUAL = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2}
RESTORMER = {'dim': 8, 'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1}
COMPACT = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_conv': 2}


@pytest.mark.failure(5, 'WC303')
@pytest.mark.parametrize('network, options, made, asked', [
    ('SwinIR', SWIN, 2, 4), ('SwinIR', SWIN, 4, 2), ('SwinIR', SWIN, 2, 3),
    ('EDSR', RESIDUAL, 8, 4), ('MSRResNet', RESIDUAL, 3, 4), ('SRVGGNetCompact', COMPACT, 2, 4),
    ('RCAN', dict(RESIDUAL, num_group=2, squeeze_factor=4), 2, 4),
])  # fmt: skip
def test_another_scale_in_the_network_and_the_training(
    with_toys: Training, network: str, options: Section, made: int, asked: int
) -> None:
    path = with_toys.save({'params': state_of(network, **options, upscale=made)})
    with_toys.compose(
        dict(options, type=network, upscale=asked), {'pretrain_network_g': path}, scale=asked
    )
    answer = with_toys.cured()
    assert answer.first() == 'WC303' and answer.loads[0]['findings'][0]['severity'] == ERROR
    assert 'WC201' not in answer.codes and answer.loads[0]['strict']['must_be_false'] is False
    assert answer.edits == {'scale': made, 'network_g.upscale': made}
    assert all(is_clean(call) for call in with_toys.really_load())


@pytest.mark.failure(5, 'WC303')
@pytest.mark.parametrize('network, name', [
    ('SwinIR', 'train_SRx4_finetune_from_SRx2'), ('HatLike', 'train_SRx4_finetune'),
])  # fmt: skip
def test_a_finetuning_from_x2_that_cannot_load(
    with_toys: Training, network: str, name: str
) -> None:
    """HAT ships such a YAML with strict_load_g true (silent trap 10); its path says the scale."""
    state = state_of(network, **SWIN, upscale=2)
    path = with_toys.save(
        {'params': state, 'params_ema': state}, 'train_SRx2_from_scratch/models/net_g_latest.pth'
    )
    with_toys.compose(
        dict(SWIN, type=network, upscale=4),
        {'pretrain_network_g': path, 'strict_load_g': True, 'param_key_g': 'params_ema'},
        name=name,
        ema_decay=0.999,
    )
    answer = with_toys.cured()
    assert [answer.first(0), answer.first(1)] == ['WC303', 'WC303']
    assert answer.facts('WC303', 0)['advice'] == 'label:scale-names'
    assert answer.edits == {'path.strict_load_g': False}
    assert answer.recommendation['proof']['loads'] is True
    calls = with_toys.really_load()
    assert [call.error for call in calls] == ['', '']
    assert all(call.missing == ['upsample.2.weight', 'upsample.2.bias'] for call in calls)


def test_a_meant_finetuning_is_told_and_left_alone(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('EDSR', **RESIDUAL, upscale=2)}, 'any.pth')
    with_toys.compose(
        dict(RESIDUAL, type='EDSR', upscale=4),
        {'pretrain_network_g': path, 'strict_load_g': False},
    )
    answer = with_toys.check()
    assert answer.first() == 'WC303' and answer.found('WC303')['severity'] == INFO
    assert answer.recommendation is None and answer.verdict == 'ready-partly'
    assert not {one['severity'] for one in answer.loads[0]['findings']} & {ERROR, WARNING}
    assert answer.facts('WC303')['names'] == ['upsample.2.bias', 'upsample.2.weight']


def test_a_scale_that_leaves_nothing_random(with_toys: Training) -> None:
    """x4 into x2 drops a layer of the file: no word of 0 tensors (-) that stay random."""
    path = with_toys.save({'params': state_of('EDSR', **RESIDUAL, upscale=4)}, 'any.pth')
    with_toys.compose(dict(RESIDUAL, type='EDSR', upscale=2), {'pretrain_network_g': path})
    (finding, *_) = with_toys.check().report.loads[0].findings
    assert finding.code == 'WC303'
    for lang, dropped in (('en', '2 tensors of the file have no place'), ('zh', '2 个张量')):
        assert dropped in message(finding, lang)
        assert '0 ' not in message(finding, lang).split('%')[1]
        assert '(-)' not in message(finding, lang)


@pytest.mark.failure(26, 'WC303')
@pytest.mark.parametrize('section_has_scale', [True, False])
def test_an_rrdbnet_that_folds_its_image(with_toys: Training, section_has_scale: bool) -> None:
    path = with_toys.save({'params_ema': state_of('RRDBNet', **RRDB, scale=2)}, 'net_x2plus.pth')
    section = dict(RRDB, type='RRDBNet', **({'scale': 4} if section_has_scale else {}))
    with_toys.compose(section, {'pretrain_network_g': path, 'param_key_g': 'params_ema'}, scale=4)
    answer = with_toys.cured()
    assert answer.first() == 'WC303' and 'WC301' not in answer.codes
    assert answer.edits == {'scale': 2, 'network_g.scale': 2}
    assert all(is_clean(call) for call in with_toys.really_load())


@pytest.mark.fires('WC303')
@pytest.mark.failure(26, 'WC303')
def test_a_first_layer_that_is_dropped_is_a_warning(with_toys: Training) -> None:
    """Silent trap 7: all but conv_first loads, and nothing says so."""
    path = with_toys.save({'params': state_of('RRDBNet', **RRDB, scale=2)})
    with_toys.compose(
        dict(RRDB, type='RRDBNet'), {'pretrain_network_g': path, 'strict_load_g': False}
    )
    answer = with_toys.check()
    assert answer.first() == 'WC303' and answer.found('WC303')['severity'] == WARNING
    assert answer.facts('WC303')['names'] == ['conv_first.weight (8, 3, 3, 3)']


@pytest.mark.failure(26, 'WC303')
def test_a_network_that_lacks_the_scale_of_its_training(with_toys: Training) -> None:
    """scale: 2 at the top only: the network is built for x4, and strict false hides it."""
    path = with_toys.save({'params': state_of('RRDBNet', **RRDB, scale=2)})
    with_toys.compose(
        dict(RRDB, type='RRDBNet'),
        {'pretrain_network_g': path, 'strict_load_g': False},
        scale=2,
    )
    answer = with_toys.cured()
    assert answer.first() == 'WC303' and answer.found('WC303')['severity'] == ERROR
    assert answer.edits == {'network_g.scale': 2}
    assert all(is_clean(call) for call in with_toys.really_load())


@pytest.mark.failure(31, 'WC305')
@pytest.mark.parametrize('network, asked, made', [
    ('Restormer', RESTORMER, {'inp_channels': 1, 'out_channels': 1}),
    ('Restormer', RESTORMER, {'inp_channels': 6, 'dual_pixel_task': True}),
    ('SwinIR', dict(SWIN, upscale=4), {'in_chans': 1}),
    ('RRDBNet', RRDB, {'num_in_ch': 1, 'num_out_ch': 1}),
])  # fmt: skip
def test_other_channels(with_toys: Training, network: str, asked: Section, made: Section) -> None:
    path = with_toys.save({'params': state_of(network, **{**asked, **made})})
    with_toys.compose(dict(asked, type=network), {'pretrain_network_g': path})
    answer = with_toys.cured()
    assert answer.first() == 'WC305'
    assert answer.edits == {f'network_g.{name}': value for name, value in made.items()}
    assert all(is_clean(call) for call in with_toys.really_load())


@pytest.mark.fires('WC304')
@pytest.mark.failure(30, 'WC304')
@pytest.mark.parametrize('made, strict, severity', [
    (24, True, ERROR), (8, True, ERROR), (32, False, INFO),
])  # fmt: skip
def test_buffers_that_follow_the_image_size(
    with_toys: Training, made: int, strict: bool, severity: str
) -> None:
    state = state_of('SwinIR', **dict(SWIN, img_size=made), upscale=4)
    path = with_toys.save({'params': state})
    with_toys.compose(
        dict(SWIN, type='SwinIR', upscale=4),
        {'pretrain_network_g': path, 'strict_load_g': strict},
        ema_decay=0.999,
    )
    answer = with_toys.check('--apply')
    assert answer.first() == 'WC304' and answer.found('WC304', 0)['severity'] == severity
    # Every size up to that of a window makes the same network.
    told = f'img_size: {made}' if made > SWIN['window_size'] else 'img_size, window_size'
    assert answer.facts('WC304', 0)['made'] == [told]
    assert not {'WC305', 'WC301', 'WC210'} & set(answer.codes)
    assert answer.edits == ({'path.strict_load_g': False} if strict else {})
    assert [call.error for call in with_toys.really_load()] == ['', '']
    assert answer.loads[0]['closest']['coverage']['parameters']['fraction'] == 1.0


@pytest.mark.fires('WC302')
@pytest.mark.failure(30, 'WC302')
def test_counters_of_batch_normalisation_are_filled_in(with_toys: Training) -> None:
    """Older files lack them; torch fills them in where the state dict has no version."""
    state = state_of('Sequence', norm='batch')
    kept = {key: value for key, value in state.items() if 'num_batches' not in key}
    path = with_toys.save({'params': kept})
    with_toys.compose({'type': 'Sequence', 'norm': 'batch'}, {'pretrain_network_g': path})
    answer = with_toys.check()
    assert answer.verdict == 'ready' and answer.first() == 'WC302'
    assert answer.facts('WC302') == {'count': 3}
    assert 'WC204' not in answer.codes  # nothing of it is random
    assert all(is_clean(call) for call in with_toys.really_load())


def test_another_window_is_an_option_and_no_buffer(with_toys: Training) -> None:
    state = state_of('SwinIR', **dict(SWIN, window_size=4), upscale=4)
    path = with_toys.save({'params': state})
    with_toys.compose(dict(SWIN, type='SwinIR', upscale=4), {'pretrain_network_g': path})
    answer = with_toys.cured()
    assert answer.first() == 'WC305'
    assert answer.edits == {'network_g.window_size': 4}


@pytest.mark.fires('WC311')
@pytest.mark.failure(41, 'WC311')
@pytest.mark.parametrize('scale', [3, 8])
def test_a_scale_that_rrdbnet_does_not_have(with_toys: Training, scale: int) -> None:
    path = with_toys.save({'params': state_of('RRDBNet', **RRDB, scale=4)})
    with_toys.compose(
        dict(RRDB, type='RRDBNet', scale=scale), {'pretrain_network_g': path}, scale=scale
    )
    answer = with_toys.check()
    assert 'WC311' in answer.codes and answer.found('WC311')['severity'] == ERROR
    assert answer.loads[0]['outcomes']['configured']['loads'] is True
    assert all(is_clean(call) for call in with_toys.really_load())


@pytest.mark.failure(41, 'WC311')
def test_it_is_said_without_weights_too(with_toys: Training) -> None:
    with_toys.compose(dict(RRDB, type='RRDBNet', scale=8), {'pretrain_network_g': None})
    assert 'WC311' in with_toys.check().codes


@pytest.mark.failure(41, 'WC311')
def test_the_scales_that_rrdbnet_has_are_quiet(with_toys: Training) -> None:
    for scale in (1, 2, 4):
        path = with_toys.save({'params': state_of('RRDBNet', **RRDB, scale=scale)})
        with_toys.compose(dict(RRDB, type='RRDBNet', scale=scale), {'pretrain_network_g': path})
        assert not {'WC303', 'WC305', 'WC311'} & set(with_toys.check().codes)


@pytest.mark.fires('WC305')
@pytest.mark.failure(11, 'WC305')
def test_strict_false_that_loads_little_names_the_option(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('EDSR', **dict(RESIDUAL, num_feat=16), upscale=4)})
    with_toys.compose(
        dict(RESIDUAL, type='EDSR', upscale=4),
        {'pretrain_network_g': path, 'strict_load_g': False},
    )
    answer = with_toys.cured()
    assert answer.first() == 'WC305' and answer.found('WC305')['severity'] == ERROR
    assert not {'WC202', 'WC203'} & set(answer.codes)
    assert answer.edits == {'network_g.num_feat': 16}
    assert all(is_clean(call) for call in with_toys.really_load())


def test_a_changed_network_from_old_weights_is_left_alone(with_toys: Training) -> None:
    """A deeper trunk, on purpose: strict is false and most of the network is filled."""
    path = with_toys.save({'params': state_of('EDSR', **RESIDUAL, upscale=4)})
    with_toys.compose(
        dict(RESIDUAL, type='EDSR', upscale=4, num_block=3),
        {'pretrain_network_g': path, 'strict_load_g': False},
    )
    answer = with_toys.check()
    assert answer.first() == 'WC305' and answer.found('WC305')['severity'] == WARNING
    assert answer.recommendation is None and answer.verdict == 'ready-partly'
