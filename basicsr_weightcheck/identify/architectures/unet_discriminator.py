"""UNetDiscriminatorSN (Real-ESRGAN), with torch's older form of spectral normalization.

Source: basicsr 1.4.2 archs/discriminator_arch.py; torch/nn/utils/spectral_norm.py (2.13).
Not told by the shapes: skip_connection.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from basicsr_weightcheck.identify.architectures.layers import Family, Shapes, Table, convolution

# (channels out, channels in, kernel) over num_feat, of conv1 to conv8.
LAYERS = ((2, 1, 4), (4, 2, 4), (8, 4, 4), (4, 8, 3), (2, 4, 3), (1, 2, 3), (1, 1, 3), (1, 1, 3))


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    return {'num_in_ch': num_in_ch, 'num_feat': num_feat}


def expected_shapes(num_in_ch: int, num_feat: int = 64, skip_connection: bool = True) -> Table:
    table = convolution('conv0', num_feat, num_in_ch, 3)
    for number, (out, inputs, kernel) in enumerate(LAYERS, start=1):
        channels, taken = out * num_feat, inputs * num_feat
        name = f'conv{number}.weight'
        table[f'{name}_orig'] = (channels, taken, kernel, kernel)
        table[f'{name}_u'] = (channels,)
        table[f'{name}_v'] = (taken * kernel**2,)
    table.update(convolution('conv9', 1, num_feat, 3))
    return table


FAMILY = Family('UNetDiscriminatorSN', 'conv0.weight', read, expected_shapes)
