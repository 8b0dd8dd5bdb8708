"""Numbers as people read them, never rounded up to "all"."""

from __future__ import annotations

import math
from typing import List, Optional, Sequence


def count(number: int) -> str:
    """1234567 becomes 1,234,567."""
    return f'{number:,}'


def share(fraction: float) -> str:
    """A share of 0 to 1 as a percentage, cut, not rounded: 0.99999 is 99.9 %, 0.00001 > 0.0 %."""
    if 0 < fraction < 0.001:
        return '< 0.1 %'
    return f'{math.floor(fraction * 1000) / 10:.1f} %'


def whole_shares(fractions: Sequence[float]) -> List[str]:
    """Shares of one whole that add to 100.0: the first is `share`, the others take what is left.

    The first is the one that is named elsewhere, and cut there: what loads, what is identical.
    What is there and below 0.1 % stays '< 0.1 %'.
    """
    tenths = [math.floor(fraction * 1000) for fraction in fractions]
    left = round(sum(fractions) * 1000) - sum(tenths)
    rest = [at for at in range(1, len(fractions)) if 0 < tenths[at] < 999]
    rest.sort(key=lambda at: tenths[at] - fractions[at] * 1000)
    for at in rest[:left]:
        tenths[at] += 1
    return [
        share(fraction) if fraction < 0.001 else f'{number / 10:.1f} %'
        for fraction, number in zip(fractions, tenths)
    ]


def shape(sizes: Sequence[int]) -> str:
    """(48, 3, 3, 3) as torch users write it."""
    return '(' + ', '.join(map(str, sizes)) + (',)' if len(sizes) == 1 else ')')


def size(byte_count: int) -> str:
    """Bytes in the largest binary unit that gives at least 1."""
    if byte_count < 1024:
        return f'{byte_count} B'
    power = min((byte_count.bit_length() - 1) // 10, 4)
    return f'{byte_count / 1024**power:.1f} {("KiB", "MiB", "GiB", "TiB")[power - 1]}'


def difference_number(value: Optional[float], cosine: bool = False) -> str:
    """A difference with four digits; a cosine with six, cut, so that 1.000000 means equal."""
    if value is None:
        return '–'
    if cosine:
        return f'{math.floor(value * 1e6) / 1e6:.6f}'
    return '0' if value == 0 else f'{value:.3e}'
