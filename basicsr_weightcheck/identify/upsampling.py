"""The upsampler of pixel shuffles that EDSR and SwinIR share.

Source: basicsr 1.4.2 archs/arch_util.py `Upsample`, and its copy in archs/swinir_arch.py.
"""

from __future__ import annotations

from typing import Mapping

from basicsr_weightcheck.identify.layers import Table, convolution
from basicsr_weightcheck.identify.sizes import Shapes, channels_out

STEP = 2  # a convolution and a shuffle, which has no weights


def read_scale(shapes: Shapes, counts: Mapping[str, int], channels: int) -> int:
    """Scale: 3 by the width of the one convolution, otherwise 2 for each; 1 without any."""
    if channels_out(shapes, 'upsample.0') == 9 * channels:
        return 3
    convolutions = (counts.get('upsample.', 0) + STEP - 1) // STEP
    return 1 << convolutions


def expected_upsampler(scale: int, channels: int) -> Table:
    """upsample.{0,2,...}: (4 * channels, channels, 3, 3), or 9 * channels once for scale 3."""
    if scale == 3:
        return convolution('upsample.0', 9 * channels, channels, 3)
    table: Table = {}
    for index in range(scale.bit_length() - 1):
        table.update(convolution(f'upsample.{STEP * index}', 4 * channels, channels, 3))
    return table
