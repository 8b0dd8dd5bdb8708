"""SRVGGNetCompact (the small Real-ESRGAN networks).

Source: basicsr 1.4.2 archs/srvgg_arch.py. Not told by the shapes: 'relu' from 'leakyrelu'; output
channels from the scale where input and output channels differ.
"""

from __future__ import annotations

from math import isqrt
from typing import Any, Dict, Optional

from basicsr_weightcheck.identify.architectures import layers

STEP = 2  # a convolution and its activation
USUAL_CHANNELS = (3, 1, 4)  # colour, grey, colour with transparency


def read(shapes: layers.Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    last = layers.block_counts(shapes)['body.'] // STEP  # number of the last convolution
    if last < 1 or not layers.in_reach(shapes, last, STEP):
        return None
    has_prelu = any(f'body.{STEP * n + 1}.weight' in shapes for n in range(last))
    return {
        'num_in_ch': num_in_ch,
        'num_feat': num_feat,
        'num_conv': last - 1,
        'act_type': 'prelu' if has_prelu else layers.Guess('relu'),
        **_read_output(layers.channels_out(shapes, f'body.{STEP * last}'), num_in_ch),
    }


def expected_shapes(
    num_in_ch: int = 3,
    num_out_ch: int = 3,
    num_feat: int = 64,
    num_conv: int = 16,
    upscale: int = 4,
    act_type: str = 'prelu',
) -> layers.Table:
    table: layers.Table = {}
    for n in range(num_conv + 1):
        table.update(
            layers.convolution(f'body.{STEP * n}', num_feat, num_feat if n else num_in_ch, 3)
        )
        if act_type == 'prelu':
            table[f'body.{STEP * n + 1}.weight'] = (num_feat,)
    channels = num_out_ch * upscale**2
    table.update(layers.convolution(f'body.{STEP * (num_conv + 1)}', channels, num_feat, 3))
    return table


def _read_output(widened: Optional[int], num_in_ch: int) -> Dict[str, Any]:
    """num_out_ch and upscale, as guesses where they are.

    The network adds the enlarged input to its output, so that both have the same channels unless
    the input has one. `widened` is num_out_ch * upscale**2, channels of the last convolution.
    """
    if widened is None:
        return {'num_out_ch': layers.Guess(num_in_ch), 'upscale': layers.Guess(4)}
    for channels in (num_in_ch, *USUAL_CHANNELS):
        upscale = isqrt(widened // channels)
        if channels * upscale**2 == widened:
            if channels == num_in_ch:
                return {'num_out_ch': channels, 'upscale': upscale}
            return {'num_out_ch': layers.Guess(channels), 'upscale': layers.Guess(upscale)}
    return {'num_out_ch': layers.Guess(widened), 'upscale': layers.Guess(1)}


FAMILY = layers.Family('SRVGGNetCompact', 'body.0.weight', read, expected_shapes)
