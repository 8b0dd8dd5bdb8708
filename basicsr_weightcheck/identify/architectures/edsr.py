"""EDSR.

Source: basicsr 1.4.2 archs/edsr_arch.py. Not told by the shapes: res_scale, img_range, rgb_mean.
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
    read_scale,
    repeated,
    untold,
)

TRACELESS = ('res_scale', 'img_range', 'rgb_mean')
KEYS_EACH = 4  # of a block; Source: archs/arch_util.py `ResidualBlockNoBN`


class Options(NamedTuple):
    """Of `EDSR.__init__`, in its order; `traceless` as in Identity."""

    num_in_ch: int
    num_out_ch: int
    num_feat: int = 64
    num_block: int = 16
    upscale: int = 4
    res_scale: float = 1
    img_range: float = 255.0
    rgb_mean: Tuple[float, ...] = (0.4488, 0.4371, 0.4040)
    traceless: Tuple[str, ...] = TRACELESS


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Options]:
    """As `Family.read`."""
    counts = block_counts(shapes)
    num_block = counts.get('body.', 0)
    if not in_reach(shapes, num_block, KEYS_EACH):
        return None
    num_out_ch = channels_out(shapes, 'conv_last')
    return Options(
        num_in_ch,
        num_out_ch or num_in_ch,
        num_feat,
        num_block,
        read_scale(shapes, counts, num_feat),
        traceless=untold(num_out_ch=num_out_ch) + TRACELESS,
    )


def expected_shapes(options: Options) -> Table:
    """As `Family.expected_shapes`."""
    feat = options.num_feat
    table = convolution('conv_first', feat, options.num_in_ch, 3)
    block = {**convolution('conv1', feat, feat, 3), **convolution('conv2', feat, feat, 3)}
    table.update(repeated('body', options.num_block, block))
    table.update(convolution('conv_after_body', feat, feat, 3))
    table.update(expected_upsampler(options.upscale, feat))
    table.update(convolution('conv_last', options.num_out_ch, feat, 3))
    return table


FAMILY = Family('EDSR', 'conv_first.weight', Options, read, expected_shapes)
