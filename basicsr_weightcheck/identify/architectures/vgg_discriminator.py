"""VGGStyleDiscriminator (SRGAN, ESRGAN).

Source: basicsr 1.4.2 archs/discriminator_arch.py. Every option is told by the shapes.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

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


class Options(NamedTuple):
    """Of `VGGStyleDiscriminator.__init__`, in its order; `traceless` as in Identity."""

    num_in_ch: int
    num_feat: int
    input_size: int = 128
    traceless: Tuple[str, ...] = ()


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Options]:
    """As `Family.read`."""
    is_large = any(channels_out(shapes, name) for name in ('conv5_0', 'conv5_1', 'bn5_0', 'bn5_1'))
    return Options(num_in_ch, num_feat, 256 if is_large else 128)


def expected_shapes(options: Options) -> Table:
    """As `Family.expected_shapes`."""
    feat = options.num_feat
    table = convolution('conv0_0', feat, options.num_in_ch, 3)
    table.update(convolution('conv0_1', feat, feat, 4, bias=False))
    table.update(batch_norm('bn0_1', feat))
    inputs = feat
    for stage in range(1, STAGES.get(options.input_size, STAGES[128])):
        channels = feat * min(2**stage, WIDEST)
        table.update(convolution(f'conv{stage}_0', channels, inputs, 3, bias=False))
        table.update(batch_norm(f'bn{stage}_0', channels))
        table.update(convolution(f'conv{stage}_1', channels, channels, 4, bias=False))
        table.update(batch_norm(f'bn{stage}_1', channels))
        inputs = channels
    table.update(linear('linear1', HIDDEN, inputs * 4 * 4))
    table.update(linear('linear2', 1, HIDDEN))
    return table


FAMILY = Family('VGGStyleDiscriminator', 'conv0_0.weight', Options, read, expected_shapes)
