"""RRDBNet (ESRGAN, Real-ESRGAN).

Source: basicsr 1.4.2 archs/rrdbnet_arch.py. Not told by the shapes: the scale, where the channels
of conv_first are neither 1, 4 nor 16 times those of conv_last. Every scale but 1 and 2 computes
as 4 does.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from basicsr_weightcheck.identify.architectures.layers import (
    Family,
    Shapes,
    Table,
    block_counts,
    channels_out,
    convolution,
    in_reach,
    repeated,
    under,
    untold,
    voted,
)

UNSHUFFLED = {4: 1, 2: 4, 1: 16}  # channels of conv_first over those of the image, by scale
DENSE_BLOCKS = ('rdb1', 'rdb2', 'rdb3')
CONVOLUTIONS = 5  # of a dense block
KEYS_EACH = 2 * CONVOLUTIONS * len(DENSE_BLOCKS)


class Options(NamedTuple):
    """Of `RRDBNet.__init__`, in its order; `traceless` as in Identity."""

    num_in_ch: int
    num_out_ch: int
    scale: int = 4
    num_feat: int = 64
    num_block: int = 23
    num_grow_ch: int = 32
    traceless: Tuple[str, ...] = ()


def read(shapes: Shapes, num_feat: int, channels: int) -> Optional[Options]:
    """As `Family.read`."""
    num_block = block_counts(shapes).get('body.', 0)
    if not in_reach(shapes, num_block, KEYS_EACH):
        return None
    grown = [f'body.{n}.{dense}.conv1.weight' for n in range(num_block) for dense in DENSE_BLOCKS]
    num_grow_ch = voted(shapes, grown, 0)
    num_out_ch = channels_out(shapes, 'conv_last')
    scale = _read_scale(channels, num_out_ch)
    num_in_ch = channels // UNSHUFFLED[scale or 4]
    return Options(
        num_in_ch,
        num_out_ch or num_in_ch,
        scale or 4,
        num_feat,
        num_block,
        num_grow_ch or 32,
        untold(num_in_ch=scale, num_out_ch=num_out_ch, scale=scale, num_grow_ch=num_grow_ch),
    )


def expected_shapes(options: Options) -> Table:
    """As `Family.expected_shapes`."""
    feat = options.num_feat
    inputs = options.num_in_ch * UNSHUFFLED.get(options.scale, 1)
    table = convolution('conv_first', feat, inputs, 3)
    table.update(repeated('body', options.num_block, _block(feat, options.num_grow_ch)))
    for name in ('conv_body', 'conv_up1', 'conv_up2', 'conv_hr'):
        table.update(convolution(name, feat, feat, 3))
    table.update(convolution('conv_last', options.num_out_ch, feat, 3))
    return table


def _read_scale(channels: int, num_out_ch: Optional[int]) -> Optional[int]:
    """The scale at which image in and image out have equal channels; 4 where 4 is the only one."""
    for scale, factor in UNSHUFFLED.items():
        if num_out_ch is not None and channels == num_out_ch * factor:
            return scale
    return 4 if channels % UNSHUFFLED[2] else None


def _block(feat: int, grow: int) -> Table:
    dense: Table = {}
    for n in range(CONVOLUTIONS):
        last = n == CONVOLUTIONS - 1
        dense.update(convolution(f'conv{n + 1}', feat if last else grow, feat + n * grow, 3))
    block: Table = {}
    for name in DENSE_BLOCKS:
        block.update(under(f'{name}.', dense))
    return block


FAMILY = Family('RRDBNet', 'conv_first.weight', Options, read, expected_shapes)
