"""Files of another role, another class, another norm, another numbering, newer or older code."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from basicsr_weightcheck.records.findings import ERROR
from tests.agreement.real_run import is_clean
from tests.training import Training, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
Section = Dict[str, Any]

EDSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 4}
RRDB = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'num_grow_ch': 4}
COMPACT = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_conv': 2, 'upscale': 4}
UNET = {'num_in_ch': 3, 'num_feat': 4}
VGG = {'num_in_ch': 3, 'num_feat': 2}


def write_gan(training: Training, discriminator: Section, path: Section, **more: Any) -> None:
    training.compose(
        dict(EDSR, type='EDSR'),
        path,
        model_type='SRGANModel',
        network_d=discriminator,
        datasets={'train': {'name': 'none', 'type': 'PairedImageDataset', **more}},
    )


@pytest.mark.failure(15, 'WC305')
@pytest.mark.parametrize('made, asked', [(256, 128), (128, 256)])
def test_a_vgg_discriminator_of_another_input_size(
    with_toys: Training, made: int, asked: int
) -> None:
    path = with_toys.save({'params': state_of('VGGStyleDiscriminator', **VGG, input_size=made)})
    section = dict(VGG, type='VGGStyleDiscriminator', input_size=asked)
    write_gan(with_toys, section, {'pretrain_network_d': path})
    answer = with_toys.cured()
    assert answer.loads[0]['network'] == 'net_d' and answer.first() == 'WC305'
    assert answer.edits == {'network_d.input_size': made}
    assert all(is_clean(call) for call in with_toys.really_load())


@pytest.mark.failure(15, 'WC312')
@pytest.mark.parametrize('gt_size, is_wrong', [
    pytest.param(256, True, marks=pytest.mark.fires('WC312')), (128, False),
])  # fmt: skip
def test_a_vgg_discriminator_for_other_patches(
    with_toys: Training, gt_size: int, is_wrong: bool
) -> None:
    path = with_toys.save({'params': state_of('VGGStyleDiscriminator', **VGG)})
    section = dict(VGG, type='VGGStyleDiscriminator')
    write_gan(with_toys, section, {'pretrain_network_d': path}, gt_size=gt_size)
    answer = with_toys.check()
    assert ('WC312' in answer.codes) is is_wrong
    assert answer.verdict == ('change-options' if is_wrong else 'ready')


@pytest.mark.failure(15, 'WC309')
@pytest.mark.parametrize('strict', [True, False])
def test_a_unet_discriminator_for_a_vgg_one(with_toys: Training, strict: bool) -> None:
    path = with_toys.save({'params': state_of('UNetDiscriminatorSN', **UNET)})
    section = dict(VGG, type='VGGStyleDiscriminator')
    write_gan(with_toys, section, {'pretrain_network_d': path, 'strict_load_d': strict})
    answer = with_toys.check()
    assert answer.first() == 'WC309' and answer.verdict == 'wrong-checkpoint'
    assert answer.recommendation is None
    assert answer.facts('WC309')['found'] == 'UNetDiscriminatorSN'


@pytest.mark.failure(25, 'WC309')
@pytest.mark.parametrize('made, options, advice', [
    ('UNetDiscriminatorSN', UNET, 'label:class-d'),
    ('VGGStyleDiscriminator', VGG, 'label:class-d'),
    ('SRVGGNetCompact', COMPACT, 'label:class-other'),
    ('MSRResNet', EDSR, 'label:class-other'),
])  # fmt: skip
@pytest.mark.parametrize('strict', [True, False])
def test_another_file_for_the_generator(
    with_toys: Training, made: str, options: Section, advice: str, strict: bool
) -> None:
    path = with_toys.save({'params': state_of(made, **options)})
    with_toys.compose(
        dict(RRDB, type='RRDBNet'), {'pretrain_network_g': path, 'strict_load_g': strict}
    )
    answer = with_toys.check()
    assert answer.first() == 'WC309' and answer.loads[0]['findings'][0]['severity'] == ERROR
    assert answer.facts('WC309')['advice'] == advice
    assert answer.recommendation is None and answer.verdict == 'wrong-checkpoint'
    assert answer.loads[0]['strict']['must_be_false'] is None


@pytest.mark.fires('WC309')
@pytest.mark.failure(25, 'WC309')
def test_the_generator_for_the_discriminator(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('RRDBNet', **RRDB)})
    write_gan(with_toys, dict(UNET, type='UNetDiscriminatorSN'), {'pretrain_network_d': path})
    answer = with_toys.check()
    assert answer.first() == 'WC309'
    assert answer.facts('WC309')['advice'] == 'label:class-g'


@pytest.mark.failure(25, 'WC217')
@pytest.mark.parametrize('key, strict', [('params', True), (None, True), (None, False)])
@pytest.mark.parametrize('kind', ['optimizer', 'state'])
def test_an_optimizer_or_a_state_for_weights(
    with_toys: Training, kind: str, key: Any, strict: bool
) -> None:
    import torch

    layer = torch.nn.Linear(4, 4)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.zeros(1, 4)).sum().backward()
    optimizer.step()
    state = {'epoch': 1, 'iter': 5, 'optimizers': [optimizer.state_dict()], 'schedulers': []}
    path = with_toys.save(optimizer.state_dict() if kind == 'optimizer' else state)
    with_toys.compose(
        dict(EDSR, type='EDSR'),
        {'pretrain_network_g': path, 'param_key_g': key, 'strict_load_g': strict},
    )
    answer = with_toys.check()
    assert answer.first() == 'WC217' and answer.recommendation is None
    assert not {'WC202', 'WC205', 'WC212', 'WC213'} & set(answer.codes)


@pytest.mark.fires('WC310')
@pytest.mark.failure(27, 'WC310')
@pytest.mark.parametrize('made, asked, module_in_file', [
    ('EDSR', 'AttentiveEDSR', False), ('AttentiveEDSR', 'EDSR', True),
])  # fmt: skip
def test_a_module_that_came_later(
    with_toys: Training, made: str, asked: str, module_in_file: bool
) -> None:
    path = with_toys.save({'params': state_of(made, **EDSR)})
    with_toys.compose(dict(EDSR, type=asked), {'pretrain_network_g': path})
    answer = with_toys.cured()
    assert answer.first() == 'WC310'
    parameters = answer.facts('WC310')
    assert parameters['module'] == 'channel_attention'
    assert parameters['where'] == ('label:side-file' if module_in_file else 'label:side-network')
    assert answer.edits == {'path.strict_load_g': False}
    (call,) = with_toys.really_load()
    assert not call.error and all('channel_attention' in k for k in call.missing + call.unexpected)


@pytest.mark.failure(36, 'WC313')
@pytest.mark.parametrize('made, asked, form', [
    ('UNetDiscriminatorSN', 'PlainUNet', 'spectral/plain'),
    ('PlainUNet', 'UNetDiscriminatorSN', 'plain/spectral'),
    ('ParametrizedUNet', 'UNetDiscriminatorSN', 'parametrized/spectral'),
    ('ParametrizedUNet', 'PlainUNet', 'parametrized/plain'),
])  # fmt: skip
@pytest.mark.parametrize('strict', [True, False])
def test_another_form_of_spectral_norm(
    with_toys: Training, made: str, asked: str, form: str, strict: bool
) -> None:
    path = with_toys.save({'params': state_of(made, **UNET)})
    write_gan(
        with_toys, dict(UNET, type=asked), {'pretrain_network_d': path, 'strict_load_d': strict}
    )
    answer = with_toys.check()
    assert answer.first() == 'WC313' and answer.recommendation is None
    cause = answer.report.loads[0].cause
    assert cause is not None and cause.norm_form == form


@pytest.mark.fires('WC313')
@pytest.mark.failure(36, 'WC313')
@pytest.mark.parametrize('made, asked', [('batch', 'instance'), ('instance', 'batch')])
def test_batch_for_instance_norm(with_toys: Training, made: str, asked: str) -> None:
    path = with_toys.save({'params': state_of('Sequence', norm=made)})
    with_toys.compose({'type': 'Sequence', 'norm': asked}, {'pretrain_network_g': path})
    answer = with_toys.check()
    assert answer.first() == 'WC313' and answer.recommendation is None


@pytest.mark.fires('WC314')
@pytest.mark.failure(36, 'WC314')
@pytest.mark.parametrize('strict', [True, False])
def test_layers_under_other_numbers(with_toys: Training, strict: bool) -> None:
    path = with_toys.save({'params': state_of('Sequence', start='one')})
    with_toys.compose({'type': 'Sequence'}, {'pretrain_network_g': path, 'strict_load_g': strict})
    answer = with_toys.check()
    assert answer.first() == 'WC314' and answer.recommendation is None
    pairs = answer.facts('WC314')['pairs']
    assert pairs[:2] == ['model.1 -> model.0', 'model.2 -> model.1']


@pytest.mark.fires('WC223')
def test_a_part_called_module(with_toys: Training) -> None:
    """loaders.md, trap 6.12: what the network saved does not load again."""
    path = with_toys.save({'params': state_of('Wrapping')})
    with_toys.compose({'type': 'Wrapping'}, {'pretrain_network_g': path})
    answer = with_toys.check()
    assert answer.first() == 'WC223'
    (call,) = with_toys.really_load()
    assert call.error == 'RuntimeError'


def test_each_of_these_is_quiet_on_its_own_file(with_toys: Training) -> None:
    for network, options in (
        ('AttentiveEDSR', EDSR), ('PlainUNet', UNET), ('ParametrizedUNet', UNET), ('Sequence', {}),
    ):  # fmt: skip
        path = with_toys.save({'params': state_of(network, **options)})
        with_toys.compose(dict(options, type=network), {'pretrain_network_g': path})
        answer = with_toys.check()
        assert answer.verdict == 'ready' and answer.codes_of(0) == []
