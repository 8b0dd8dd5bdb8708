"""VGGStyleDiscriminator (SRGAN, ESRGAN) and UNetDiscriminatorSN (Real-ESRGAN).

Source: basicsr 1.4.2 archs/discriminator_arch.py; torch/nn/utils/spectral_norm.py (2.13), which is
the older form of it. Not told by the shapes: skip_connection.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from basicsr_weightcheck.identify.architectures.layers import (
    Family,
    Shapes,
    Table,
    batch_norm,
    channels_out,
    convolution,
    linear,
)

STAGES = {128: 5, 256: 6}  # by input_size: each stage halves the image, down to 4 x 4
WIDEST = 8  # times num_feat
HIDDEN = 100  # features of the first linear layer
# Of the other: (channels out, channels in, kernel) over num_feat, of conv1 to conv8.
LAYERS = ((2, 1, 4), (4, 2, 4), (8, 4, 4), (4, 8, 3), (2, 4, 3), (1, 2, 3), (1, 1, 3), (1, 1, 3))


def _read_vgg(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    is_large = any(channels_out(shapes, name) for name in ('conv5_0', 'conv5_1', 'bn5_0', 'bn5_1'))
    return {'num_in_ch': num_in_ch, 'num_feat': num_feat, 'input_size': 256 if is_large else 128}


def vgg(num_in_ch: int, num_feat: int, input_size: int = 128) -> Table:
    table = convolution('conv0_0', num_feat, num_in_ch, 3)
    table.update(convolution('conv0_1', num_feat, num_feat, 4, bias=False))
    table.update(batch_norm('bn0_1', num_feat))
    inputs = num_feat
    for stage in range(1, STAGES.get(input_size, STAGES[128])):
        channels = num_feat * min(2**stage, WIDEST)
        table.update(convolution(f'conv{stage}_0', channels, inputs, 3, bias=False))
        table.update(batch_norm(f'bn{stage}_0', channels))
        table.update(convolution(f'conv{stage}_1', channels, channels, 4, bias=False))
        table.update(batch_norm(f'bn{stage}_1', channels))
        inputs = channels
    table.update(linear('linear1', HIDDEN, inputs * 4 * 4))
    table.update(linear('linear2', 1, HIDDEN))
    return table


def _read_unet(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    return {'num_in_ch': num_in_ch, 'num_feat': num_feat}


def unet(num_in_ch: int, num_feat: int = 64, skip_connection: bool = True) -> Table:
    table = convolution('conv0', num_feat, num_in_ch, 3)
    for number, (out, inputs, kernel) in enumerate(LAYERS, start=1):
        channels, taken = out * num_feat, inputs * num_feat
        name = f'conv{number}.weight'
        table[f'{name}_orig'] = (channels, taken, kernel, kernel)
        table[f'{name}_u'] = (channels,)
        table[f'{name}_v'] = (taken * kernel**2,)
    table.update(convolution('conv9', 1, num_feat, 3))
    return table


VGG = Family('VGGStyleDiscriminator', 'conv0_0.weight', _read_vgg, vgg)
UNET = Family('UNetDiscriminatorSN', 'conv0.weight', _read_unet, unet)
