"""Networks of residual blocks between two convolutions: EDSR, MSRResNet, RCAN, RRDBNet.

Source: basicsr 1.4.2 archs/edsr_arch.py, srresnet_arch.py, rcan_arch.py, rrdbnet_arch.py.
Not told by the shapes: res_scale, img_range, rgb_mean.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from basicsr_weightcheck.identify.architectures import layers

FIRST = 'conv_first.weight'
MEAN = (0.4488, 0.4371, 0.4040)


def _told_of_all(shapes: layers.Shapes, num_feat: int, num_in_ch: int) -> Dict[str, Any]:
    num_out_ch = layers.told(layers.channels_out(shapes, 'conv_last'), num_in_ch)
    return {'num_in_ch': num_in_ch, 'num_out_ch': num_out_ch, 'num_feat': num_feat}


# EDSR, and MSRResNet (modified SRResNet), of which every option is told by the shapes.

KEYS_OF_BLOCK = 4  # Source: archs/arch_util.py `ResidualBlockNoBN`


def _read_edsr(shapes: layers.Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    counts = layers.block_counts(shapes)
    num_block = counts.get('body.', 0)
    if not layers.in_reach(shapes, num_block, KEYS_OF_BLOCK):
        return None
    told_here = {'num_block': num_block, 'upscale': layers.read_scale(shapes, counts, num_feat)}
    return {**_told_of_all(shapes, num_feat, num_in_ch), **told_here}


def edsr(
    num_in_ch: int,
    num_out_ch: int,
    num_feat: int = 64,
    num_block: int = 16,
    upscale: int = 4,
    res_scale: float = 1,
    img_range: float = 255.0,
    rgb_mean: Tuple[float, ...] = MEAN,
) -> layers.Table:
    return {
        **_head(num_in_ch, num_feat, num_block),
        **layers.convolution('conv_after_body', num_feat, num_feat, 3),
        **layers.expected_upsampler(upscale, num_feat),
        **layers.convolution('conv_last', num_out_ch, num_feat, 3),
    }


def _read_msrresnet(
    shapes: layers.Shapes, num_feat: int, num_in_ch: int
) -> Optional[Dict[str, Any]]:
    num_block = layers.block_counts(shapes).get('body.', 0)
    if not layers.in_reach(shapes, num_block, KEYS_OF_BLOCK):
        return None
    widened = layers.channels_out(shapes, 'upconv1')
    upscale = {4 * num_feat: 2, 9 * num_feat: 3}.get(widened or 0)
    if layers.channels_out(shapes, 'upconv2') is not None:
        upscale = 4
    told_here = {'num_block': num_block, 'upscale': layers.told(upscale, 4)}
    return {**_told_of_all(shapes, num_feat, num_in_ch), **told_here}


def msrresnet(
    num_in_ch: int = 3,
    num_out_ch: int = 3,
    num_feat: int = 64,
    num_block: int = 16,
    upscale: int = 4,
) -> layers.Table:
    table = _head(num_in_ch, num_feat, num_block)
    widened = num_feat * (9 if upscale == 3 else 4)
    for name in ('upconv1', 'upconv2') if upscale == 4 else ('upconv1',):
        table.update(layers.convolution(name, widened, num_feat, 3))
    table.update(layers.convolution('conv_hr', num_feat, num_feat, 3))
    return {**table, **layers.convolution('conv_last', num_out_ch, num_feat, 3)}


def _head(num_in_ch: int, feat: int, num_block: int) -> layers.Table:
    block = {
        **layers.convolution('conv1', feat, feat, 3),
        **layers.convolution('conv2', feat, feat, 3),
    }
    first = layers.convolution('conv_first', feat, num_in_ch, 3)
    return {**first, **layers.repeated('body', num_block, block)}


EDSR = layers.Family('EDSR', FIRST, _read_edsr, edsr)
MSRRESNET = layers.Family('MSRResNet', FIRST, _read_msrresnet, msrresnet)


# RCAN. Not told: squeeze_factor where the channels are no multiple of it.

SQUEEZED = 'rcab.3.attention.1.weight'
KEYS_OF_RCAB = 8


def _read_rcan(shapes: layers.Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    counts = layers.block_counts(shapes)
    groups = counts.get('body.', 0)
    trunks = [f'body.{group}.residual_group.' for group in range(groups)]
    num_block = layers.most_common(counts.get(trunk) for trunk in trunks)
    if num_block is None or not layers.in_reach(shapes, groups * num_block, KEYS_OF_RCAB):
        return None
    keys = (f'{trunk}{n}.{SQUEEZED}' for trunk in trunks for n in range(num_block))
    squeezed = layers.voted(shapes, keys, 0)
    return {
        **_told_of_all(shapes, num_feat, num_in_ch),
        'num_group': groups,
        'num_block': num_block,
        'squeeze_factor': layers.told(squeezed and max(num_feat // squeezed, 1), num_feat),
        'upscale': layers.read_scale(shapes, counts, num_feat),
    }


def rcan(
    num_in_ch: int,
    num_out_ch: int,
    num_feat: int = 64,
    num_group: int = 10,
    num_block: int = 16,
    squeeze_factor: int = 16,
    upscale: int = 4,
    res_scale: float = 1,
    img_range: float = 255.0,
    rgb_mean: Tuple[float, ...] = MEAN,
) -> layers.Table:
    squeezed = num_feat // squeeze_factor
    block = {
        **layers.convolution('rcab.0', num_feat, num_feat, 3),
        **layers.convolution('rcab.2', num_feat, num_feat, 3),
        **layers.convolution('rcab.3.attention.1', squeezed, num_feat, 1),
        **layers.convolution('rcab.3.attention.3', num_feat, squeezed, 1),
    }
    group = layers.repeated('residual_group', num_block, block)
    group.update(layers.convolution('conv', num_feat, num_feat, 3))
    return {
        **layers.convolution('conv_first', num_feat, num_in_ch, 3),
        **layers.repeated('body', num_group, group),
        **layers.convolution('conv_after_body', num_feat, num_feat, 3),
        **layers.expected_upsampler(upscale, num_feat),
        **layers.convolution('conv_last', num_out_ch, num_feat, 3),
    }


RCAN = layers.Family('RCAN', FIRST, _read_rcan, rcan)


# RRDBNet (ESRGAN, Real-ESRGAN). Not told: the scale, where the channels of conv_first are neither
# 1, 4 nor 16 times those of conv_last. Every scale but 1 and 2 computes as 4 does.

UNSHUFFLED = {4: 1, 2: 4, 1: 16}  # channels of conv_first over those of the image, by scale
DENSE_BLOCKS = ('rdb1', 'rdb2', 'rdb3')
CONVOLUTIONS = 5  # of a dense block
KEYS_OF_RRDB = 2 * CONVOLUTIONS * len(DENSE_BLOCKS)


def _read_rrdbnet(shapes: layers.Shapes, num_feat: int, channels: int) -> Optional[Dict[str, Any]]:
    num_block = layers.block_counts(shapes).get('body.', 0)
    if not layers.in_reach(shapes, num_block, KEYS_OF_RRDB):
        return None
    grown = [f'body.{n}.{dense}.conv1.weight' for n in range(num_block) for dense in DENSE_BLOCKS]
    scale = _read_folding(channels, layers.channels_out(shapes, 'conv_last'))
    num_in_ch = channels // UNSHUFFLED[scale or 4]
    return {
        **_told_of_all(shapes, num_feat, num_in_ch),
        'num_in_ch': num_in_ch if scale else layers.Guess(num_in_ch),
        'scale': layers.told(scale, 4),
        'num_block': num_block,
        'num_grow_ch': layers.told(layers.voted(shapes, grown, 0), 32),
    }


def rrdbnet(
    num_in_ch: int,
    num_out_ch: int,
    scale: int = 4,
    num_feat: int = 64,
    num_block: int = 23,
    num_grow_ch: int = 32,
) -> layers.Table:
    dense: layers.Table = {}
    for n in range(CONVOLUTIONS):
        channels = num_feat if n == CONVOLUTIONS - 1 else num_grow_ch
        dense.update(layers.convolution(f'conv{n + 1}', channels, num_feat + n * num_grow_ch, 3))
    block: layers.Table = {}
    for name in DENSE_BLOCKS:
        block.update(layers.under(f'{name}.', dense))
    table = layers.convolution('conv_first', num_feat, num_in_ch * UNSHUFFLED.get(scale, 1), 3)
    table.update(layers.repeated('body', num_block, block))
    for name in ('conv_body', 'conv_up1', 'conv_up2', 'conv_hr'):
        table.update(layers.convolution(name, num_feat, num_feat, 3))
    return {**table, **layers.convolution('conv_last', num_out_ch, num_feat, 3)}


def _read_folding(channels: int, num_out_ch: Optional[int]) -> Optional[int]:
    """The scale at which image in and image out have equal channels; 4 where 4 is the only one."""
    for scale, factor in UNSHUFFLED.items():
        if num_out_ch is not None and channels == num_out_ch * factor:
            return scale
    return 4 if channels % UNSHUFFLED[2] else None


RRDBNET = layers.Family('RRDBNet', FIRST, _read_rrdbnet, rrdbnet)
