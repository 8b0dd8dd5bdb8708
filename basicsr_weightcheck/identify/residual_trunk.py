"""The trunk of residual blocks without batch norm that EDSR and MSRResNet share.

Source: basicsr 1.4.2 archs/arch_util.py `ResidualBlockNoBN`, `make_layer`.
"""

from __future__ import annotations

from typing import Mapping, Optional

from basicsr_weightcheck.identify.layers import Table, convolution, repeated
from basicsr_weightcheck.identify.sizes import Shapes, in_reach

KEYS_EACH = 4


def read_block_count(shapes: Shapes, counts: Mapping[str, int]) -> Optional[int]:
    """Number of blocks; None where the table cannot hold half of them."""
    count = counts.get('body.', 0)
    return count if in_reach(shapes, count, KEYS_EACH) else None


def expected_trunk(count: int, feat: int) -> Table:
    """body.{n}.conv1 and conv2: (feat, feat, 3, 3) and a bias."""
    block = {**convolution('conv1', feat, feat, 3), **convolution('conv2', feat, feat, 3)}
    return repeated('body', count, block)
