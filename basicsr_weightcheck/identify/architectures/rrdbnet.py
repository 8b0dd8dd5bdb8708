"""RRDBNet (ESRGAN, Real-ESRGAN).

Source: basicsr 1.4.2 archs/rrdbnet_arch.py. Not told by the shapes: the scale, where the channels
of conv_first are neither 1, 4 nor 16 times those of conv_last. Every scale but 1 and 2 computes
as 4 does.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from basicsr_weightcheck.identify.architectures.layers import (
    Family,
    Guess,
    Shapes,
    Table,
    block_counts,
    channels_out,
    convolution,
    in_reach,
    repeated,
    told,
    under,
    voted,
)

UNSHUFFLED = {4: 1, 2: 4, 1: 16}  # channels of conv_first over those of the image, by scale
DENSE_BLOCKS = ('rdb1', 'rdb2', 'rdb3')
CONVOLUTIONS = 5  # of a dense block
KEYS_EACH = 2 * CONVOLUTIONS * len(DENSE_BLOCKS)


def read(shapes: Shapes, num_feat: int, channels: int) -> Optional[Dict[str, Any]]:
    num_block = block_counts(shapes).get('body.', 0)
    if not in_reach(shapes, num_block, KEYS_EACH):
        return None
    grown = [f'body.{n}.{dense}.conv1.weight' for n in range(num_block) for dense in DENSE_BLOCKS]
    num_out_ch = channels_out(shapes, 'conv_last')
    scale = _read_scale(channels, num_out_ch)
    num_in_ch = channels // UNSHUFFLED[scale or 4]
    return {
        'num_in_ch': num_in_ch if scale else Guess(num_in_ch),
        'num_out_ch': told(num_out_ch, num_in_ch),
        'scale': told(scale, 4),
        'num_feat': num_feat,
        'num_block': num_block,
        'num_grow_ch': told(voted(shapes, grown, 0), 32),
    }


def expected_shapes(
    num_in_ch: int,
    num_out_ch: int,
    scale: int = 4,
    num_feat: int = 64,
    num_block: int = 23,
    num_grow_ch: int = 32,
) -> Table:
    table = convolution('conv_first', num_feat, num_in_ch * UNSHUFFLED.get(scale, 1), 3)
    table.update(repeated('body', num_block, _block(num_feat, num_grow_ch)))
    for name in ('conv_body', 'conv_up1', 'conv_up2', 'conv_hr'):
        table.update(convolution(name, num_feat, num_feat, 3))
    table.update(convolution('conv_last', num_out_ch, num_feat, 3))
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


FAMILY = Family('RRDBNet', 'conv_first.weight', read, expected_shapes)
