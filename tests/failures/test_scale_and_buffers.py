"""Another scale, channels, image size: the cause, and whether the change is meant."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.rules.catalog import message
from tests.failures.workbench import (  # noqa: F401
    Training,
    codes,
    first,
    found,
    is_clean,
    state_of,
    training,
)

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
    training: Training,  # noqa: F811
    network: str,
    options: Section,
    made: int,
    asked: int,
) -> None:
    path = training.save({'params': state_of(network, **options, upscale=made)})
    training.write(
        dict(options, type=network, upscale=asked), {'pretrain_network_g': path}, scale=asked
    )
    report = training.check()
    assert first(report) == 'WC303' and report.loads[0].findings[0].severity == ERROR
    assert 'WC201' not in codes(report) and report.loads[0].must_be_false is False
    assert training.apply(report) == {'scale': made, 'network_g.upscale': made}
    assert all(is_clean(call) for call in training.really_load())


HAT_LIKE = {
    'name': 'train_SRx4_finetune_from_SRx2',
    'scale': 4,
    'ema_decay': 0.999,
}


@pytest.mark.failure(5, 'WC303')
@pytest.mark.parametrize('network', ['SwinIR', 'HatLike'])
def test_a_finetuning_from_x2_that_cannot_load(
    training: Training,  # noqa: F811
    network: str,
) -> None:
    """HAT ships such a YAML with strict_load_g true (silent trap 10)."""
    state = state_of(network, **SWIN, upscale=2)
    path = training.save(
        {'params': state, 'params_ema': state}, 'train_SRx2_from_scratch/models/net_g_latest.pth'
    )
    training.write(
        dict(SWIN, type=network, upscale=4),
        {'pretrain_network_g': path, 'strict_load_g': True, 'param_key_g': 'params_ema'},
        **HAT_LIKE,
    )
    report = training.check()
    assert [first(report, 0), first(report, 1)] == ['WC303', 'WC303']
    assert dict(found(report, 'WC303').parameters)['advice'] == 'label:scale-names'
    assert training.apply(report) == {'path.strict_load_g': False}
    assert report.recommendation is not None and report.recommendation.proof is not None
    assert report.recommendation.proof.loads is True
    calls = training.really_load()
    assert [call.error for call in calls] == ['', '']
    assert all(call.missing == ['upsample.2.weight', 'upsample.2.bias'] for call in calls)


def test_a_meant_finetuning_is_told_and_left_alone(training: Training) -> None:  # noqa: F811
    path = training.save({'params': state_of('EDSR', **RESIDUAL, upscale=2)}, 'any.pth')
    training.write(
        dict(RESIDUAL, type='EDSR', upscale=4),
        {'pretrain_network_g': path, 'strict_load_g': False},
    )
    report = training.check()
    assert first(report) == 'WC303' and found(report, 'WC303').severity == INFO
    assert report.recommendation is None and report.verdict == 'ready-partly'
    assert not {one.severity for one in report.loads[0].findings} & {ERROR, WARNING}
    assert dict(found(report, 'WC303').parameters)['names'] == (
        'upsample.2.bias',
        'upsample.2.weight',
    )


def test_a_scale_that_leaves_nothing_random(training: Training) -> None:  # noqa: F811
    """x4 into x2 drops a layer of the file: no word of 0 tensors (-) that stay random."""
    path = training.save({'params': state_of('EDSR', **RESIDUAL, upscale=4)}, 'any.pth')
    training.write(dict(RESIDUAL, type='EDSR', upscale=2), {'pretrain_network_g': path})
    finding = found(training.check(), 'WC303')
    for lang, dropped in (('en', '2 tensors of the file have no place'), ('zh', '2 个张量')):
        assert dropped in message(finding, lang)
        assert '0 ' not in message(finding, lang).split('%')[1]
        assert '(-)' not in message(finding, lang)


@pytest.mark.failure(26, 'WC303')
@pytest.mark.parametrize('section_has_scale', [True, False])
def test_an_rrdbnet_that_folds_its_image(
    training: Training,  # noqa: F811
    section_has_scale: bool,
) -> None:
    path = training.save({'params_ema': state_of('RRDBNet', **RRDB, scale=2)}, 'net_x2plus.pth')
    section = dict(RRDB, type='RRDBNet', **({'scale': 4} if section_has_scale else {}))
    training.write(section, {'pretrain_network_g': path, 'param_key_g': 'params_ema'}, scale=4)
    report = training.check()
    assert first(report) == 'WC303' and 'WC301' not in codes(report)
    assert training.apply(report) == {'scale': 2, 'network_g.scale': 2}
    assert all(is_clean(call) for call in training.really_load())


@pytest.mark.fires('WC303')
@pytest.mark.failure(26, 'WC303')
def test_a_first_layer_that_is_dropped_is_a_warning(training: Training) -> None:  # noqa: F811
    """Silent trap 7: all but conv_first loads, and nothing says so."""
    path = training.save({'params': state_of('RRDBNet', **RRDB, scale=2)})
    training.write(dict(RRDB, type='RRDBNet'), {'pretrain_network_g': path, 'strict_load_g': False})
    report = training.check()
    assert first(report) == 'WC303' and found(report, 'WC303').severity == WARNING
    assert dict(found(report, 'WC303').parameters)['names'] == ('conv_first.weight (8, 3, 3, 3)',)


@pytest.mark.failure(26, 'WC303')
def test_a_network_that_lacks_the_scale_of_its_training(
    training: Training,  # noqa: F811
) -> None:
    """scale: 2 at the top only: the network is built for x4, and strict false hides it."""
    path = training.save({'params': state_of('RRDBNet', **RRDB, scale=2)})
    training.write(
        dict(RRDB, type='RRDBNet'),
        {'pretrain_network_g': path, 'strict_load_g': False},
        scale=2,
    )
    report = training.check()
    assert first(report) == 'WC303' and found(report, 'WC303').severity == ERROR
    assert training.apply(report) == {'network_g.scale': 2}
    assert all(is_clean(call) for call in training.really_load())


@pytest.mark.failure(31, 'WC305')
@pytest.mark.parametrize('network, asked, made', [
    ('Restormer', RESTORMER, {'inp_channels': 1, 'out_channels': 1}),
    ('Restormer', RESTORMER, {'inp_channels': 6, 'dual_pixel_task': True}),
    ('SwinIR', dict(SWIN, upscale=4), {'in_chans': 1}),
    ('RRDBNet', RRDB, {'num_in_ch': 1, 'num_out_ch': 1}),
])  # fmt: skip
def test_other_channels(
    training: Training,  # noqa: F811
    network: str,
    asked: Section,
    made: Section,
) -> None:
    path = training.save({'params': state_of(network, **{**asked, **made})})
    training.write(dict(asked, type=network), {'pretrain_network_g': path})
    report = training.check()
    assert first(report) == 'WC305'
    assert training.apply(report) == {f'network_g.{name}': value for name, value in made.items()}
    assert all(is_clean(call) for call in training.really_load())


@pytest.mark.fires('WC304')
@pytest.mark.failure(30, 'WC304')
@pytest.mark.parametrize('made, strict, severity', [
    (24, True, ERROR), (8, True, ERROR), (32, False, INFO),
])  # fmt: skip
def test_buffers_that_follow_the_image_size(
    training: Training,  # noqa: F811
    made: int,
    strict: bool,
    severity: str,
) -> None:
    state = state_of('SwinIR', **dict(SWIN, img_size=made), upscale=4)
    path = training.save({'params': state})
    training.write(
        dict(SWIN, type='SwinIR', upscale=4),
        {'pretrain_network_g': path, 'strict_load_g': strict},
        ema_decay=0.999,
    )
    report = training.check()
    assert first(report) == 'WC304' and found(report, 'WC304').severity == severity
    # Every size up to that of a window makes the same network.
    told = f'img_size: {made}' if made > SWIN['window_size'] else 'img_size, window_size'
    assert dict(found(report, 'WC304').parameters)['made'] == (told,)
    assert not {'WC305', 'WC301', 'WC210'} & set(codes(report))
    assert training.apply(report) == ({'path.strict_load_g': False} if strict else {})
    assert [call.error for call in training.really_load()] == ['', '']
    assert report.loads[0].difference is not None
    assert report.loads[0].difference.coverage.parameter_fraction == 1.0


@pytest.mark.fires('WC302')
@pytest.mark.failure(30, 'WC302')
def test_counters_of_batch_normalisation_are_filled_in(training: Training) -> None:  # noqa: F811
    """Older files lack them; torch fills them in where the state dict has no version."""
    state = state_of('Sequence', norm='batch')
    kept = {key: value for key, value in state.items() if 'num_batches' not in key}
    path = training.save({'params': kept})
    training.write({'type': 'Sequence', 'norm': 'batch'}, {'pretrain_network_g': path})
    report = training.check()
    assert report.verdict == 'ready' and first(report) == 'WC302'
    assert dict(found(report, 'WC302').parameters) == {'count': 3}
    assert 'WC204' not in codes(report)  # nothing of it is random
    assert all(is_clean(call) for call in training.really_load())


def test_another_window_is_an_option_and_no_buffer(training: Training) -> None:  # noqa: F811
    state = state_of('SwinIR', **dict(SWIN, window_size=4), upscale=4)
    path = training.save({'params': state})
    training.write(dict(SWIN, type='SwinIR', upscale=4), {'pretrain_network_g': path})
    report = training.check()
    assert first(report) == 'WC305'
    assert training.apply(report) == {'network_g.window_size': 4}


@pytest.mark.fires('WC311')
@pytest.mark.failure(41, 'WC311')
@pytest.mark.parametrize('scale', [3, 8])
def test_a_scale_that_rrdbnet_does_not_have(
    training: Training,  # noqa: F811
    scale: int,
) -> None:
    path = training.save({'params': state_of('RRDBNet', **RRDB, scale=4)})
    training.write(
        dict(RRDB, type='RRDBNet', scale=scale), {'pretrain_network_g': path}, scale=scale
    )
    report = training.check()
    assert 'WC311' in codes(report) and found(report, 'WC311').severity == ERROR
    assert report.loads[0].configured is not None and report.loads[0].configured.loads is True
    assert all(is_clean(call) for call in training.really_load())


@pytest.mark.failure(41, 'WC311')
def test_it_is_said_without_weights_too(training: Training) -> None:  # noqa: F811
    training.write(dict(RRDB, type='RRDBNet', scale=8), {'pretrain_network_g': None})
    report = training.check()
    assert 'WC311' in codes(report)


@pytest.mark.failure(41, 'WC311')
def test_the_scales_that_rrdbnet_has_are_quiet(training: Training) -> None:  # noqa: F811
    for scale in (1, 2, 4):
        path = training.save({'params': state_of('RRDBNet', **RRDB, scale=scale)})
        training.write(dict(RRDB, type='RRDBNet', scale=scale), {'pretrain_network_g': path})
        assert not {'WC303', 'WC305', 'WC311'} & set(codes(training.check()))


@pytest.mark.fires('WC305')
@pytest.mark.failure(11, 'WC305')
def test_strict_false_that_loads_little_names_the_option(
    training: Training,  # noqa: F811
) -> None:
    path = training.save({'params': state_of('EDSR', **dict(RESIDUAL, num_feat=16), upscale=4)})
    training.write(
        dict(RESIDUAL, type='EDSR', upscale=4),
        {'pretrain_network_g': path, 'strict_load_g': False},
    )
    report = training.check()
    assert first(report) == 'WC305' and found(report, 'WC305').severity == ERROR
    assert not {'WC202', 'WC203'} & set(codes(report))
    assert training.apply(report) == {'network_g.num_feat': 16}
    assert all(is_clean(call) for call in training.really_load())


def test_a_changed_network_from_old_weights_is_left_alone(
    training: Training,  # noqa: F811
) -> None:
    """A deeper trunk, on purpose: strict is false and most of the network is filled."""
    path = training.save({'params': state_of('EDSR', **RESIDUAL, upscale=4)})
    training.write(
        dict(RESIDUAL, type='EDSR', upscale=4, num_block=3),
        {'pretrain_network_g': path, 'strict_load_g': False},
    )
    report = training.check()
    assert first(report) == 'WC305' and found(report, 'WC305').severity == WARNING
    assert report.recommendation is None and report.verdict == 'ready-partly'
