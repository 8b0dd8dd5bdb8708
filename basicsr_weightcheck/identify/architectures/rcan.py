"""RCAN.

Source: basicsr 1.4.2 archs/rcan_arch.py. Not told by the shapes: res_scale, img_range, rgb_mean;
squeeze_factor where the channels are no multiple of it.
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
    most_common,
    read_scale,
    repeated,
    told,
    voted,
)

KEYS_EACH = 8
SQUEEZED = 'rcab.3.attention.1.weight'


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    counts = block_counts(shapes)
    groups = counts.get('body.', 0)
    trunks = [f'body.{group}.residual_group.' for group in range(groups)]
    num_block = most_common(counts.get(trunk) for trunk in trunks)
    if num_block is None or not in_reach(shapes, groups * num_block, KEYS_EACH):
        return None
    keys = (f'{trunk}{n}.{SQUEEZED}' for trunk in trunks for n in range(num_block))
    squeezed = voted(shapes, keys, 0)
    return {
        'num_in_ch': num_in_ch,
        'num_out_ch': told(channels_out(shapes, 'conv_last'), num_in_ch),
        'num_feat': num_feat,
        'num_group': groups,
        'num_block': num_block,
        'squeeze_factor': told(squeezed and max(num_feat // squeezed, 1), num_feat),
        'upscale': read_scale(shapes, counts, num_feat),
    }


def expected_shapes(
    num_in_ch: int,
    num_out_ch: int,
    num_feat: int = 64,
    num_group: int = 10,
    num_block: int = 16,
    squeeze_factor: int = 16,
    upscale: int = 4,
    res_scale: float = 1,
    img_range: float = 255.0,
    rgb_mean: Tuple[float, ...] = (0.4488, 0.4371, 0.4040),
) -> Table:
    squeezed = num_feat // squeeze_factor
    block = {
        **convolution('rcab.0', num_feat, num_feat, 3),
        **convolution('rcab.2', num_feat, num_feat, 3),
        **convolution('rcab.3.attention.1', squeezed, num_feat, 1),
        **convolution('rcab.3.attention.3', num_feat, squeezed, 1),
    }
    group = repeated('residual_group', num_block, block)
    group.update(convolution('conv', num_feat, num_feat, 3))
    table = convolution('conv_first', num_feat, num_in_ch, 3)
    table.update(repeated('body', num_group, group))
    table.update(convolution('conv_after_body', num_feat, num_feat, 3))
    table.update(expected_upsampler(upscale, num_feat))
    table.update(convolution('conv_last', num_out_ch, num_feat, 3))
    return table


FAMILY = Family('RCAN', 'conv_first.weight', read, expected_shapes)
