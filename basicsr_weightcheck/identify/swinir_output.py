"""The part of SwinIR behind its body: from features to the image, four ways.

Source: basicsr 1.4.2 archs/swinir_arch.py `SwinIR.__init__`, part 3, and `UpsampleOneStep`.
"""

from __future__ import annotations

from math import isqrt
from typing import Mapping, Optional

from basicsr_weightcheck.identify.layers import Table, convolution
from basicsr_weightcheck.identify.sizes import Shapes, channels_out
from basicsr_weightcheck.identify.upsampling import expected_upsampler, read_scale

NUM_FEAT = 64  # whatever the options
SHUFFLE, DIRECT, NEAREST, NO_UPSAMPLER = 'pixelshuffle', 'pixelshuffledirect', 'nearest+conv', ''
NEAREST_LAYERS = ('conv_up1', 'conv_up2', 'conv_hr')


def read_upsampler(shapes: Shapes) -> str:
    """The value of `upsampler`."""
    if any(channels_out(shapes, name) is not None for name in NEAREST_LAYERS):
        return NEAREST
    if channels_out(shapes, 'conv_before_upsample.0') is not None:
        return SHUFFLE
    return NO_UPSAMPLER if channels_out(shapes, 'upsample.0') is None else DIRECT


def read_upscale(
    shapes: Shapes, counts: Mapping[str, int], upsampler: str, in_chans: int
) -> Optional[int]:
    """The value of `upscale`; None where nothing is enlarged, and the option without use."""
    if upsampler == SHUFFLE:
        return read_scale(shapes, counts, NUM_FEAT)
    if upsampler == DIRECT:
        widened = channels_out(shapes, 'upsample.0') or 0
        return isqrt(widened // in_chans) or None
    return 4 if upsampler == NEAREST else None


def expected_output(dim: int, channels: int, upsampler: str, upscale: int) -> Table:
    """conv_before_upsample.0: (64, dim, 3, 3), where there is one; conv_last: (channels, ...).

    Args:
        dim: channels of the body.
        channels: of the image.
    """
    if upsampler == DIRECT:
        return convolution('upsample.0', channels * upscale**2, dim, 3)
    if upsampler == NO_UPSAMPLER:
        return convolution('conv_last', channels, dim, 3)
    table = convolution('conv_before_upsample.0', NUM_FEAT, dim, 3)
    if upsampler == SHUFFLE:
        table.update(expected_upsampler(upscale, NUM_FEAT))
    else:
        for name in NEAREST_LAYERS:
            table.update(convolution(name, NUM_FEAT, NUM_FEAT, 3))
    table.update(convolution('conv_last', channels, NUM_FEAT, 3))
    return table
