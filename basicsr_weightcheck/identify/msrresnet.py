"""MSRResNet (modified SRResNet).

Source: basicsr 1.4.2 archs/srresnet_arch.py. Every option is told by the shapes.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from basicsr_weightcheck.identify.layers import Table, convolution
from basicsr_weightcheck.identify.residual_trunk import expected_trunk, read_block_count
from basicsr_weightcheck.identify.sizes import Shapes, block_counts, channels_out, size, untold


class Options(NamedTuple):
    """Of `MSRResNet.__init__`, in its order; `traceless` as in Identity."""

    num_in_ch: int = 3
    num_out_ch: int = 3
    num_feat: int = 64
    num_block: int = 16
    upscale: int = 4
    traceless: Tuple[str, ...] = ()


def read_options(shapes: Shapes) -> Optional[Options]:
    """Options of the MSRResNet that the table may belong to; None for a table of another kind."""
    num_feat, num_in_ch = (size(shapes, 'conv_first.weight', axis) for axis in (0, 1))
    if num_feat is None or num_in_ch is None:
        return None
    num_block = read_block_count(shapes, block_counts(shapes))
    if num_block is None:
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
    """Every key of the network with its shape, state-dict order."""
    feat = options.num_feat
    table = convolution('conv_first', feat, options.num_in_ch, 3)
    table.update(expected_trunk(options.num_block, feat))
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
