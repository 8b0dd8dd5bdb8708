"""MSRResNet (modified SRResNet).

Source: basicsr 1.4.2 archs/srresnet_arch.py. Every option is told by the shapes.
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
    untold,
)

KEYS_EACH = 4  # of a block; Source: archs/arch_util.py `ResidualBlockNoBN`


class Options(NamedTuple):
    """Of `MSRResNet.__init__`, in its order; `traceless` as in Identity."""

    num_in_ch: int = 3
    num_out_ch: int = 3
    num_feat: int = 64
    num_block: int = 16
    upscale: int = 4
    traceless: Tuple[str, ...] = ()


def read(shapes: Shapes, num_feat: int, num_in_ch: int) -> Optional[Options]:
    """As `Family.read`."""
    num_block = block_counts(shapes).get('body.', 0)
    if not in_reach(shapes, num_block, KEYS_EACH):
        return None
    num_out_ch = channels_out(shapes, 'conv_last')
    upscale = _read_scale(shapes, num_feat)
    return Options(
        num_in_ch,
        num_out_ch or num_in_ch,
        num_feat,
        num_block,
        upscale or 4,
        untold(num_out_ch=num_out_ch, upscale=upscale),
    )


def expected_shapes(options: Options) -> Table:
    """As `Family.expected_shapes`."""
    feat = options.num_feat
    table = convolution('conv_first', feat, options.num_in_ch, 3)
    block = {**convolution('conv1', feat, feat, 3), **convolution('conv2', feat, feat, 3)}
    table.update(repeated('body', options.num_block, block))
    widened = feat * (9 if options.upscale == 3 else 4)
    for name in ('upconv1', 'upconv2') if options.upscale == 4 else ('upconv1',):
        table.update(convolution(name, widened, feat, 3))
    table.update(convolution('conv_hr', feat, feat, 3))
    table.update(convolution('conv_last', options.num_out_ch, feat, 3))
    return table


def _read_scale(shapes: Shapes, num_feat: int) -> Optional[int]:
    if channels_out(shapes, 'upconv2') is not None:
        return 4
    widened = channels_out(shapes, 'upconv1')
    return {4 * num_feat: 2, 9 * num_feat: 3}.get(widened or 0)


FAMILY = Family('MSRResNet', 'conv_first.weight', Options, read, expected_shapes)
