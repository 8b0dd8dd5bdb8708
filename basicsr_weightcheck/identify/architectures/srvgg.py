"""SRVGGNetCompact (the small Real-ESRGAN networks).

Source: basicsr 1.4.2 archs/srvgg_arch.py. Not told by the shapes: 'relu' from 'leakyrelu'; output
channels from the scale where input and output channels differ.
"""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple, Optional, Tuple

from basicsr_weightcheck.identify.architectures.layers import (
    Family,
    Shapes,
    Table,
    block_counts,
    channels_out,
    convolution,
    in_reach,
)

STEP = 2  # a convolution and its activation
USUAL_CHANNELS = (3, 1, 4)  # colour, grey, colour with transparency


class Options(NamedTuple):
    """Of `SRVGGNetCompact.__init__`, in its order; `traceless` as in Identity."""

    num_in_ch: int = 3
    num_out_ch: int = 3
    num_feat: int = 64
    num_conv: int = 16
    upscale: int = 4
    act_type: str = 'prelu'
    traceless: Tuple[str, ...] = ()


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Options]:
    """As `Family.read`."""
    last = block_counts(shapes)['body.'] // STEP  # number of the last convolution
    if last < 1 or not in_reach(shapes, last, STEP):
        return None
    widened = channels_out(shapes, f'body.{STEP * last}')
    num_out_ch, upscale, guessed = _read_output(widened, num_in_ch)
    has_prelu = any(f'body.{STEP * n + 1}.weight' in shapes for n in range(last))
    return Options(
        num_in_ch,
        num_out_ch,
        num_feat,
        last - 1,
        upscale,
        'prelu' if has_prelu else 'relu',
        guessed if has_prelu else (*guessed, 'act_type'),
    )


def expected_shapes(options: Options) -> Table:
    """As `Family.expected_shapes`."""
    feat = options.num_feat
    table: Table = {}
    for n in range(options.num_conv + 1):
        table.update(convolution(f'body.{STEP * n}', feat, feat if n else options.num_in_ch, 3))
        if options.act_type == 'prelu':
            table[f'body.{STEP * n + 1}.weight'] = (feat,)
    channels = options.num_out_ch * options.upscale**2
    table.update(convolution(f'body.{STEP * (options.num_conv + 1)}', channels, feat, 3))
    return table


def _read_output(widened: Optional[int], num_in_ch: int) -> Tuple[int, int, Tuple[str, ...]]:
    """(num_out_ch, upscale, names of both where they are a guess).

    The network adds the enlarged input to its output, so that both have the same channels unless
    the input has one.

    Args:
        widened: num_out_ch * upscale**2, channels of the last convolution.
    """
    both = ('num_out_ch', 'upscale')
    if widened is None:
        return num_in_ch, 4, both
    for channels in (num_in_ch, *USUAL_CHANNELS):
        upscale = isqrt(widened // channels)
        if channels * upscale**2 == widened:
            return channels, upscale, () if channels == num_in_ch else both
    return widened, 1, both


FAMILY = Family('SRVGGNetCompact', 'body.0.weight', Options, read, expected_shapes)
