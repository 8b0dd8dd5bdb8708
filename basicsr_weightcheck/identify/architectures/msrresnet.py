"""MSRResNet (modified SRResNet).

Source: basicsr 1.4.2 archs/srresnet_arch.py. Every option is told by the shapes.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from basicsr_weightcheck.identify.architectures.layers import (
    Family,
    Shapes,
    Table,
    block_counts,
    channels_out,
    convolution,
    in_reach,
    repeated,
    told,
)

KEYS_EACH = 4  # of a block; Source: archs/arch_util.py `ResidualBlockNoBN`


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Dict[str, Any]]:
    num_block = block_counts(shapes).get('body.', 0)
    if not in_reach(shapes, num_block, KEYS_EACH):
        return None
    return {
        'num_in_ch': num_in_ch,
        'num_out_ch': told(channels_out(shapes, 'conv_last'), num_in_ch),
        'num_feat': num_feat,
        'num_block': num_block,
        'upscale': told(_read_scale(shapes, num_feat), 4),
    }


def expected_shapes(
    num_in_ch: int = 3,
    num_out_ch: int = 3,
    num_feat: int = 64,
    num_block: int = 16,
    upscale: int = 4,
) -> Table:
    table = convolution('conv_first', num_feat, num_in_ch, 3)
    block = {
        **convolution('conv1', num_feat, num_feat, 3),
        **convolution('conv2', num_feat, num_feat, 3),
    }
    table.update(repeated('body', num_block, block))
    widened = num_feat * (9 if upscale == 3 else 4)
    for name in ('upconv1', 'upconv2') if upscale == 4 else ('upconv1',):
        table.update(convolution(name, widened, num_feat, 3))
    table.update(convolution('conv_hr', num_feat, num_feat, 3))
    table.update(convolution('conv_last', num_out_ch, num_feat, 3))
    return table


def _read_scale(shapes: Shapes, num_feat: int) -> Optional[int]:
    if channels_out(shapes, 'upconv2') is not None:
        return 4
    widened = channels_out(shapes, 'upconv1')
    return {4 * num_feat: 2, 9 * num_feat: 3}.get(widened or 0)


FAMILY = Family('MSRResNet', 'conv_first.weight', read, expected_shapes)
