"""One order for keys everywhere: layer2 before layer10."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Iterable, List, Tuple

_NUMBERS = re.compile(r'(\d+)')


@lru_cache(maxsize=1 << 16)
def natural(key: str) -> Tuple[Any, ...]:
    """Sort key under which numbers count as numbers."""
    parts: List[Any] = _NUMBERS.split(key)
    parts[1::2] = map(int, parts[1::2])  # text and numbers take turns, text first
    return tuple(parts)


def in_order(keys: Iterable[str]) -> Tuple[str, ...]:
    """The keys in natural order."""
    return tuple(sorted(keys, key=natural))
