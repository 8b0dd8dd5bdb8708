"""EDSR.

Source: basicsr 1.4.2 archs/edsr_arch.py. Not told by the shapes: res_scale, img_range, rgb_mean.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from basicsr_weightcheck.identify.layers import Table, convolution
from basicsr_weightcheck.identify.residual_trunk import expected_trunk, read_block_count
from basicsr_weightcheck.identify.sizes import Shapes, block_counts, channels_out, size, untold
from basicsr_weightcheck.identify.upsampling import expected_upsampler, read_scale

TRACELESS = ('res_scale', 'img_range', 'rgb_mean')


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


def read_options(shapes: Shapes) -> Optional[Options]:
    """Options of the EDSR that the table may belong to; None for a table of another kind."""
    num_feat, num_in_ch = (size(shapes, 'conv_first.weight', axis) for axis in (0, 1))
    if num_feat is None or num_in_ch is None:
        return None
    counts = block_counts(shapes)
    num_block = read_block_count(shapes, counts)
    if num_block is None:
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
    """Every key of the network with its shape, state-dict order; the mean is no buffer."""
    feat = options.num_feat
    table = convolution('conv_first', feat, options.num_in_ch, 3)
    table.update(expected_trunk(options.num_block, feat))
    table.update(convolution('conv_after_body', feat, feat, 3))
    table.update(expected_upsampler(options.upscale, feat))
    table.update(convolution('conv_last', options.num_out_ch, feat, 3))
    return table
