"""EDSR.

Source: basicsr 1.4.2 archs/edsr_arch.py. Not told by the shapes: res_scale, img_range, rgb_mean.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

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
    told,
)

KEYS_EACH = 4  # of a block; Source: archs/arch_util.py `ResidualBlockNoBN`


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    counts = block_counts(shapes)
    num_block = counts.get('body.', 0)
    if not in_reach(shapes, num_block, KEYS_EACH):
        return None
    return {
        'num_in_ch': num_in_ch,
        'num_out_ch': told(channels_out(shapes, 'conv_last'), num_in_ch),
        'num_feat': num_feat,
        'num_block': num_block,
        'upscale': read_scale(shapes, counts, num_feat),
    }


def expected_shapes(
    num_in_ch: int,
    num_out_ch: int,
    num_feat: int = 64,
    num_block: int = 16,
    upscale: int = 4,
    res_scale: float = 1,
    img_range: float = 255.0,
    rgb_mean: Tuple[float, ...] = (0.4488, 0.4371, 0.4040),
) -> Table:
    table = convolution('conv_first', num_feat, num_in_ch, 3)
    block = {
        **convolution('conv1', num_feat, num_feat, 3),
        **convolution('conv2', num_feat, num_feat, 3),
    }
    table.update(repeated('body', num_block, block))
    table.update(convolution('conv_after_body', num_feat, num_feat, 3))
    table.update(expected_upsampler(upscale, num_feat))
    table.update(convolution('conv_last', num_out_ch, num_feat, 3))
    return table


FAMILY = Family('EDSR', 'conv_first.weight', read, expected_shapes)
