"""UNetDiscriminatorSN (Real-ESRGAN), with torch's older form of spectral normalization.

Source: basicsr 1.4.2 archs/discriminator_arch.py; torch/nn/utils/spectral_norm.py (2.13).
Not told by the shapes: skip_connection.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from basicsr_weightcheck.identify.architectures.layers import Family, Shapes, Table, convolution

# (channels out, channels in, kernel) over num_feat, of conv1 to conv8.
LAYERS = ((2, 1, 4), (4, 2, 4), (8, 4, 4), (4, 8, 3), (2, 4, 3), (1, 2, 3), (1, 1, 3), (1, 1, 3))


class Options(NamedTuple):
    """Of `UNetDiscriminatorSN.__init__`, in its order; `traceless` as in Identity."""

    num_in_ch: int
    num_feat: int = 64
    skip_connection: bool = True
    traceless: Tuple[str, ...] = ('skip_connection',)


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Options]:
    """As `Family.read`."""
    return Options(num_in_ch, num_feat)


def expected_shapes(options: Options) -> Table:
    """As `Family.expected_shapes`."""
    feat = options.num_feat
    table = convolution('conv0', feat, options.num_in_ch, 3)
    for number, (out, inputs, kernel) in enumerate(LAYERS, start=1):
        channels, taken = out * feat, inputs * feat
        name = f'conv{number}.weight'
        table[f'{name}_orig'] = (channels, taken, kernel, kernel)
        table[f'{name}_u'] = (channels,)
        table[f'{name}_v'] = (taken * kernel**2,)
    table.update(convolution('conv9', 1, feat, 3))
    return table


FAMILY = Family('UNetDiscriminatorSN', 'conv0.weight', Options, read, expected_shapes)
