"""The factor behind rounded widths: 2.66 from 127 of 48 and 1021 of 384, not 2.6458."""

from __future__ import annotations

from itertools import islice
from math import ceil
from typing import Iterable, List, Optional, Tuple

DECIMALS = 17  # enough to write any float
CANDIDATES = 10  # of one length: a shorter decimal would have been found were there more


def shortest_factor(widths: Iterable[Tuple[int, int]]) -> Optional[float]:
    """The shortest decimal with `int(channels * factor) == hidden` at every place.

    Args:
        widths: (channels, hidden) of each place. One that contradicts those before is left out.

    Returns:
        The smallest of several equally short ones; None without widths.
    """
    from fractions import Fraction  # brings decimal, and only two families ask

    low, high = Fraction(0), None
    agreed: List[Tuple[int, int]] = []
    for channels, hidden in widths:
        least = max(low, Fraction(hidden, channels))
        limit = Fraction(hidden + 1, channels)
        limit = limit if high is None else min(high, limit)
        if least < limit:
            low, high = least, limit
            agreed.append((channels, hidden))
    if high is None:
        return None
    for unit in (10**decimals for decimals in range(DECIMALS + 1)):
        for numerator in islice(range(ceil(low * unit), ceil(high * unit)), CANDIDATES):
            factor: float = numerator / unit
            # The framework multiplies floats, which may round across the border.
            if all(int(channels * factor) == hidden for channels, hidden in agreed):
                return factor
    return float(low)
