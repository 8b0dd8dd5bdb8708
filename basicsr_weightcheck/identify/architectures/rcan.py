"""RCAN.

Source: basicsr 1.4.2 archs/rcan_arch.py. Not told by the shapes: res_scale, img_range, rgb_mean;
squeeze_factor where the channels are no multiple of it.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from basicsr_weightcheck.identify.architectures.layers import (
    Family,
    Shapes,
    Table,
    block_counts,
    channels_out,
    convolution,
    expected_upsampler,
    in_reach,
    most_common,
    read_scale,
    repeated,
    untold,
    voted,
)

KEYS_EACH = 8
TRACELESS = ('res_scale', 'img_range', 'rgb_mean')
SQUEEZED = 'rcab.3.attention.1.weight'


class Options(NamedTuple):
    """Of `RCAN.__init__`, in its order; `traceless` as in Identity."""

    num_in_ch: int
    num_out_ch: int
    num_feat: int = 64
    num_group: int = 10
    num_block: int = 16
    squeeze_factor: int = 16
    upscale: int = 4
    res_scale: float = 1
    img_range: float = 255.0
    rgb_mean: Tuple[float, ...] = (0.4488, 0.4371, 0.4040)
    traceless: Tuple[str, ...] = TRACELESS


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Options]:
    """As `Family.read`."""
    counts = block_counts(shapes)
    groups = counts.get('body.', 0)
    trunks = [f'body.{group}.residual_group.' for group in range(groups)]
    num_block = most_common(counts.get(trunk) for trunk in trunks)
    if num_block is None or not in_reach(shapes, groups * num_block, KEYS_EACH):
        return None
    squeezed = voted(
        shapes, (f'{trunk}{n}.{SQUEEZED}' for trunk in trunks for n in range(num_block)), 0
    )
    num_out_ch = channels_out(shapes, 'conv_last')
    return Options(
        num_in_ch,
        num_out_ch or num_in_ch,
        num_feat,
        groups,
        num_block,
        max(num_feat // (squeezed or 1), 1),
        read_scale(shapes, counts, num_feat),
        traceless=TRACELESS + untold(num_out_ch=num_out_ch, squeeze_factor=squeezed),
    )


def expected_shapes(options: Options) -> Table:
    """As `Family.expected_shapes`."""
    feat = options.num_feat
    squeezed = feat // options.squeeze_factor
    block = {
        **convolution('rcab.0', feat, feat, 3),
        **convolution('rcab.2', feat, feat, 3),
        **convolution('rcab.3.attention.1', squeezed, feat, 1),
        **convolution('rcab.3.attention.3', feat, squeezed, 1),
    }
    group = repeated('residual_group', options.num_block, block)
    group.update(convolution('conv', feat, feat, 3))
    table = convolution('conv_first', feat, options.num_in_ch, 3)
    table.update(repeated('body', options.num_group, group))
    table.update(convolution('conv_after_body', feat, feat, 3))
    table.update(expected_upsampler(options.upscale, feat))
    table.update(convolution('conv_last', options.num_out_ch, feat, 3))
    return table


FAMILY = Family('RCAN', 'conv_first.weight', Options, read, expected_shapes)
