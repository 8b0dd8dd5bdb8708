"""A network is built, recognized by its shapes alone, and built again from the YAML block."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Dict, List, Tuple

import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from basicsr_weightcheck.archs.restormer_arch import Restormer
from basicsr_weightcheck.identify.architectures.layers import shortest_factor
from basicsr_weightcheck.identify.recognize import FAMILIES, network_block, recognize
from basicsr_weightcheck.records.comparisons import Identity, OptionValue
from tests.agreement.conftest import RepairedBasicsr
from tests.agreement.networks import NETWORKS
from tests.identify.nafnet_arch import NAFNet

pytestmark = pytest.mark.basicsr

Shapes = Dict[str, Tuple[int, ...]]
Options = Dict[str, Any]
OWN = {'Restormer': Restormer, 'NAFNet': NAFNet}
SMALL = settings(max_examples=25)

RRDB = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'num_grow_ch': 4}
RESIDUAL = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2}
SWIN = {
    'img_size': 16,
    'embed_dim': 12,
    'depths': [2, 2],
    'num_heads': [2, 2],
    'window_size': 8,
    'mlp_ratio': 2,
}
RESTORMER = {
    'dim': 8,
    'num_blocks': [1, 2, 1, 1],
    'num_refinement_blocks': 1,
    'heads': [1, 2, 4, 8],
}

CASES: List[Tuple[str, Options]] = [
    ('Restormer', {}),
    ('Restormer', dict(RESTORMER, ffn_expansion_factor=3.1, bias=True)),
    ('Restormer', dict(RESTORMER, LayerNorm_type='BiasFree', out_channels=1, inp_channels=1)),
    ('Restormer', dict(RESTORMER, dual_pixel_task=True, inp_channels=6, ffn_expansion_factor=2)),
    ('Restormer', dict(RESTORMER, attn_types=['HTA'] * 4, heads=[2, 2, 4, 4])),
    ('Restormer', dict(RESTORMER, attn_types=['MDTA', 'HTA', 'MDTA', 'HTA'], bias=True)),
    ('Restormer', dict(RESTORMER, num_blocks=[0, 1, 0, 2], num_refinement_blocks=0)),
    ('RRDBNet', dict(RRDB, scale=4)),
    ('RRDBNet', dict(RRDB, scale=2, num_feat=16, num_block=3)),
    ('RRDBNet', dict(RRDB, scale=1, num_in_ch=1, num_out_ch=1)),
    ('RRDBNet', dict(RRDB, scale=4, num_in_ch=4, num_out_ch=3)),
    ('RRDBNet', {'num_in_ch': 3, 'num_out_ch': 3}),
    ('SRVGGNetCompact', {'num_feat': 16, 'num_conv': 5, 'upscale': 4}),
    ('SRVGGNetCompact', {'num_feat': 8, 'num_conv': 2, 'upscale': 3, 'act_type': 'relu'}),
    ('SRVGGNetCompact', {'num_in_ch': 1, 'num_out_ch': 1, 'upscale': 2, 'act_type': 'leakyrelu'}),
    ('SRVGGNetCompact', {'num_in_ch': 1, 'num_out_ch': 3, 'num_conv': 0, 'upscale': 1}),
    ('SwinIR', dict(SWIN, upscale=2, upsampler='pixelshuffledirect')),
    ('SwinIR', dict(SWIN, upscale=3, upsampler='pixelshuffle', resi_connection='3conv')),
    ('SwinIR', dict(SWIN, upscale=8, upsampler='pixelshuffle', patch_norm=False)),
    ('SwinIR', dict(SWIN, upscale=4, upsampler='nearest+conv', ape=True)),
    ('SwinIR', dict(SWIN, upscale=1, in_chans=1, qkv_bias=False, mlp_ratio=2.66)),
    ('SwinIR', dict(SWIN, depths=[3, 1, 2], num_heads=[2, 3, 4], window_size=4, upscale=1)),
    ('SwinIR', dict(SWIN, img_size=[16, 24], upscale=1)),
    ('SwinIR', dict(SWIN, img_size=[16, 24], upscale=1, ape=True)),
    ('SwinIR', dict(SWIN, img_size=6, ape=True)),
    ('SwinIR', dict(SWIN, img_size=[8, 20], ape=True)),
    ('SwinIR', dict(SWIN, img_size=[10, 15], depths=[1, 1], ape=True)),
    ('SwinIR', dict(SWIN, depths=[1, 1])),
    ('SwinIR', dict(SWIN, window_size=1)),
    ('EDSR', dict(RESIDUAL, upscale=2)),
    ('EDSR', dict(RESIDUAL, upscale=3, num_block=5, num_feat=16)),
    ('EDSR', dict(RESIDUAL, upscale=8, num_in_ch=1, num_out_ch=1)),
    ('EDSR', dict(RESIDUAL, upscale=1, res_scale=0.1)),
    ('MSRResNet', dict(RESIDUAL, upscale=2)),
    ('MSRResNet', dict(RESIDUAL, upscale=3, num_out_ch=1)),
    ('MSRResNet', dict(RESIDUAL, upscale=4, num_block=7)),
    ('NAFNet', {'width': 8, 'enc_blk_nums': [1, 2], 'dec_blk_nums': [2, 1]}),
    ('NAFNet', {'img_channel': 1, 'middle_blk_num': 3, 'enc_blk_nums': [1], 'dec_blk_nums': [1]}),
    ('NAFNet', {'width': 4, 'enc_blk_nums': [1, 0, 3], 'dec_blk_nums': [0, 1, 1]}),
    ('NAFNet', {'width': 32, 'enc_blk_nums': [2, 2, 4, 8], 'dec_blk_nums': [2, 2, 2, 2]}),
    ('RCAN', dict(RESIDUAL, num_group=2, squeeze_factor=4, upscale=2)),
    ('RCAN', dict(RESIDUAL, num_group=3, num_feat=16, squeeze_factor=8, upscale=3)),
    ('VGGStyleDiscriminator', {'num_in_ch': 3, 'num_feat': 4}),
    ('VGGStyleDiscriminator', {'num_in_ch': 1, 'num_feat': 8, 'input_size': 256}),
    ('UNetDiscriminatorSN', {'num_in_ch': 3, 'num_feat': 4}),
]
"""Options of each family: widths, depths, scales, heads, upsamplers, activations, norms."""


def build(network_type: str, options: Options) -> Shapes:
    """Return the shapes of the real class's state dict, in its order."""
    # SwinIR computes its drop path rates from tensors, which the meta device does not do.
    with torch.device('cpu' if network_type == 'SwinIR' else 'meta'):
        if network_type in OWN:
            network = OWN[network_type](**options)
        else:
            network = RepairedBasicsr().build_network(dict(options, type=network_type))
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}


def known(shapes: Shapes) -> Identity:
    identity = recognize(shapes)
    assert identity is not None
    return identity


def section(identity: Identity) -> Options:
    """The block as BasicSR reads it."""
    options: Options = yaml.safe_load(network_block(identity))['network_g']
    return options


def assert_comes_back(network_type: str, options: Options) -> None:
    shapes = build(network_type, options)
    identity = known(shapes)
    read = section(identity)
    assert read.pop('type') == network_type
    assert identity.exact and identity.accepted == 1.0
    assert build(network_type, read) == shapes


@pytest.mark.parametrize(('network_type', 'options'), CASES)
def test_network_comes_back_from_its_shapes(network_type: str, options: Options) -> None:
    assert_comes_back(network_type, options)


@pytest.mark.parametrize(('network_type', 'options'), CASES)
def test_expected_keys_are_in_state_dict_order(network_type: str, options: Options) -> None:
    shapes = build(network_type, options)
    family = next(family for family in FAMILIES if family.network_type == network_type)
    read = family.read_options(shapes)
    assert read is not None and list(family.expected_shapes(**read[0])) == list(shapes)


@SMALL
@given(
    dim=st.sampled_from([2, 8, 10, 24, 48]),
    num_blocks=st.lists(st.integers(1, 2), min_size=4, max_size=4),
    factor=st.integers(100, 400).map(lambda hundredths: hundredths / 100),
    attn_types=st.lists(st.sampled_from(['MDTA', 'HTA', 'WTA']), min_size=4, max_size=4),
    bias=st.booleans(),
    norm=st.sampled_from(['WithBias', 'BiasFree']),
)
def test_any_restormer_comes_back(
    dim: int, num_blocks: Any, factor: float, attn_types: Any, bias: bool, norm: str
) -> None:
    options = {'dim': dim, 'num_blocks': num_blocks, 'num_refinement_blocks': 1, 'bias': bias}
    options.update(ffn_expansion_factor=factor, LayerNorm_type=norm, attn_types=attn_types)
    assert_comes_back('Restormer', options)


@SMALL
@given(
    scale=st.sampled_from([1, 2, 4]),
    channels=st.sampled_from([1, 3, 4]),
    sizes=st.tuples(st.integers(1, 20), st.integers(1, 3), st.integers(1, 9)),
)
def test_any_rrdbnet_comes_back(scale: int, channels: int, sizes: Tuple[int, int, int]) -> None:
    options = dict(zip(('num_feat', 'num_block', 'num_grow_ch'), sizes))
    assert_comes_back(
        'RRDBNet', dict(options, scale=scale, num_in_ch=channels, num_out_ch=channels)
    )


def named(identity: Identity) -> Options:
    return dict(identity.options)


def test_stock_restormer_has_the_options_of_the_public_class() -> None:
    identity = known(build('Restormer', {}))
    assert network_block(identity) == (
        'network_g:\n  type: Restormer\n  inp_channels: 3\n  out_channels: 3\n  dim: 48\n'
        '  num_blocks: [4, 6, 6, 8]\n  num_refinement_blocks: 4\n  heads: [1, 2, 4, 8]\n'
        '  ffn_expansion_factor: 2.66\n  bias: false\n  LayerNorm_type: WithBias\n'
        '  dual_pixel_task: false\n'
    )


def test_hta_is_told_level_by_level_and_wta_reads_as_mdta() -> None:
    types = ['HTA', 'WTA', 'MDTA', 'HTA']
    identity = known(build('Restormer', dict(RESTORMER, attn_types=types)))
    assert named(identity)['attn_types'] == ('HTA', 'MDTA', 'MDTA', 'HTA')
    assert 'attn_types' in identity.traceless
    whole = known(build('Restormer', dict(RESTORMER, attn_types=['HTA'] * 4)))
    assert whole.traceless == ()


@pytest.mark.parametrize('factor', [2.66, 3.1, 2.0, 1.5, 2.667])
def test_feed_forward_factor_is_the_shortest_that_fits_every_level(factor: float) -> None:
    widths = [(48 << level, int((48 << level) * factor)) for level in range(4)]
    assert shortest_factor(widths) == factor


def test_contradicting_widths_still_give_a_factor() -> None:
    assert shortest_factor([(48, 96), (96, 500), (192, 384)]) == 2.0
    assert shortest_factor([]) is None


@pytest.mark.parametrize(
    ('channels', 'scale', 'guessed'),
    [((3, 3), 4, False), ((12, 3), 2, False), ((48, 3), 1, False), ((8, 3), 4, True)],
)
def test_rrdbnet_scale_follows_from_the_first_and_last_channels(
    channels: Tuple[int, int], scale: int, guessed: bool
) -> None:
    shapes = build('RRDBNet', dict(RRDB, num_in_ch=channels[0], num_out_ch=channels[1]))
    identity = known(shapes)
    assert named(identity)['scale'] == scale
    assert identity.traceless == (('num_in_ch', 'scale') if guessed else ())


def test_activation_without_weights_is_a_guess() -> None:
    options = {'num_feat': 8, 'num_conv': 2}
    leaky = known(build('SRVGGNetCompact', dict(options, act_type='leakyrelu')))
    assert named(leaky)['act_type'] == 'relu'
    assert leaky.traceless == ('act_type',)
    assert known(build('SRVGGNetCompact', options)).traceless == ()


def test_block_marks_what_leaves_no_trace() -> None:
    text = network_block(known(build('EDSR', dict(RESIDUAL, upscale=2))))
    assert '  upscale: 2\n' in text
    assert '  img_range: 255.0  # leaves no trace in the weights\n' in text
    assert '  rgb_mean: [0.4488, 0.4371, 0.404]  # leaves no trace in the weights\n' in text


def test_swinir_image_size_follows_from_the_masks() -> None:
    square = known(build('SwinIR', dict(SWIN, img_size=24, upsampler='pixelshuffledirect')))
    assert named(square)['img_size'] == 24
    assert 'img_size' not in square.traceless and 'upscale' not in square.traceless
    oblong = known(build('SwinIR', dict(SWIN, img_size=[24, 16])))
    assert named(oblong)['img_size'] == (16, 24)
    assert {'img_size', 'upscale'} <= set(oblong.traceless)


def test_swinir_without_its_buffers_is_still_shifted() -> None:
    shapes = build('SwinIR', dict(SWIN, img_size=64))
    buffers = ('attn_mask', 'relative_position_index')
    identity = known({key: shape for key, shape in shapes.items() if not key.endswith(buffers)})
    assert named(identity)['img_size'] == 64 and 'img_size' in identity.traceless
    assert identity.lacks == tuple(key for key in shapes if key.endswith(buffers))


@pytest.mark.parametrize('prefix', ['module.', 'net_g.', 'module.model.net_g.', 'body.'])
@pytest.mark.parametrize('network_type', ['SRVGGNetCompact', 'EDSR'])
def test_prefix_of_all_keys_is_taken_off(network_type: str, prefix: str) -> None:
    shapes = build(network_type, NETWORKS[network_type])
    identity = known({prefix + key: shape for key, shape in shapes.items()})
    assert (identity.network_type, identity.prefix, identity.exact) == (network_type, prefix, True)


DEEP: List[Tuple[str, Options]] = [
    ('Restormer', dict(RESTORMER, num_blocks=[2, 3, 3, 4], bias=True, attn_types=['HTA'] * 4)),
    ('RRDBNet', dict(RRDB, num_block=5)),
    ('SRVGGNetCompact', {'num_feat': 8}),
    ('SwinIR', dict(SWIN, depths=[4, 4, 4], num_heads=[2, 3, 4], upsampler='pixelshuffle')),
    ('EDSR', dict(RESIDUAL, num_block=9, upscale=3)),
    ('MSRResNet', dict(RESIDUAL, num_block=9)),
    ('NAFNet', {'width': 8, 'enc_blk_nums': [2, 3], 'dec_blk_nums': [2, 2]}),
]


@pytest.mark.parametrize(('network_type', 'options'), DEEP)
@pytest.mark.parametrize('first', [2, 4, 6])
def test_missing_middle_keys_are_named_and_do_not_change_the_options(
    network_type: str, options: Options, first: int
) -> None:
    shapes = build(network_type, options)
    gone = tuple(shapes)[first:-2:7]
    identity = known({key: shape for key, shape in shapes.items() if key not in gone})
    assert identity.options == known(shapes).options
    assert identity.lacks == gone and not identity.extra and not identity.resized


def test_extra_and_resized_keys_are_named() -> None:
    shapes = build('RRDBNet', RRDB)
    shapes['teacher.weight'] = (1,)
    shapes['body.1.rdb2.conv3.weight'] = (5, 16, 3, 3)
    identity = known(shapes)
    assert identity.extra == ('teacher.weight',)
    assert identity.resized == ('body.1.rdb2.conv3.weight',)
    assert not identity.exact
    assert identity.accepted == pytest.approx(1 - 1 / (len(shapes) - 1))


def test_option_of_a_lost_key_is_a_guess() -> None:
    shapes = build('MSRResNet', dict(RESIDUAL, upscale=2))
    del shapes['conv_last.weight']
    assert known(shapes).traceless == ()  # the bias tells it too
    del shapes['conv_last.bias']
    assert known(shapes).traceless == ('num_out_ch',)


OTHERS = sorted(set(NETWORKS) - {family.network_type for family in FAMILIES})


@pytest.mark.parametrize('network_type', OTHERS)
def test_other_network_of_the_framework_is_not_recognized(network_type: str) -> None:
    network = RepairedBasicsr().build(network_type)
    assert recognize({key: tuple(v.shape) for key, v in network.state_dict().items()}) is None


@pytest.mark.parametrize(
    'shapes',
    [
        {},
        {'': ()},
        {'.': (0,)},
        {'conv1.weight': (64, 3, 7, 7), 'layer1.0.conv1.weight': (64, 64, 1, 1), 'fc.bias': (10,)},
        {f'state.{n}.{name}': (64,) for n in range(9) for name in ('exp_avg', 'exp_avg_sq')},
        {'conv_first.weight': (), 'patch_embed.proj.weight': (0, 0), 'intro.weight': (4,)},
        {
            'conv_first.weight': (0, 3, 3, 3),
            'body.0.weight': (0, 0, 3, 3),
            'conv_last.weight': (0,),
        },
    ],
)
def test_foreign_or_empty_table_is_not_recognized(shapes: Shapes) -> None:
    assert recognize(shapes) is None


def test_common_names_in_a_larger_network_are_not_that_network() -> None:
    shapes = build('MSRResNet', dict(RESIDUAL, num_block=0))
    shapes.update({f'temporal.{n}.weight': (8, 8) for n in range(50)})
    assert recognize(shapes) is None


def test_yaml_reads_every_value_back_as_it_was() -> None:
    values: Tuple[OptionValue, ...] = (
        1e-5,
        1e20,
        2.66,
        -3,
        True,
        'no',
        '1conv',
        '',
        "it's",
        'prelu',
        ('Off', 0.5),
    )
    identity = Identity('X', tuple((f'o{n}', v) for n, v in enumerate(values)), (), (), (), (), 1)
    read = list(section(identity).values())[1:]
    assert read == [list(v) if isinstance(v, tuple) else v for v in values]


def test_recognition_needs_neither_torch_nor_numpy() -> None:
    code = (
        'import sys; import basicsr_weightcheck.identify.recognize; '
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, '-c', code], check=True)
