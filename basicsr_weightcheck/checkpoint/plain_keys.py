"""Keys of dicts and members of sets that can be hashed in no time."""

from __future__ import annotations

from typing import Any, List

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.problems import exceeded

_PLAIN = (str, bytes, float, bool, type(None))


class OddKey:
    """Stands for a key that is neither text nor number; equal to itself only."""

    __slots__ = ('kind',)

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f'<{self.kind}>'


def plain_key(key: Any, limits: Limits) -> Any:
    """The key itself, or what stands for a small one of another kind.

    Raises:
        LimitExceededError: a number of more than 64 bits (they can be made to collide by the
            million), or a tuple of tuples that takes long to hash.
        TypeError: Python cannot use it as a key either.
    """
    if isinstance(key, _PLAIN):
        return key
    if isinstance(key, int):
        if key.bit_length() > limits.key_bits:
            raise exceeded('key_bits', limits.key_bits, key.bit_length())
        return key
    if isinstance(key, (list, dict, set)):
        raise TypeError(f'{type(key).__name__} used as a key')
    _weigh(key, limits.key_items)
    return OddKey(type(key).__name__)


def _weigh(key: Any, most: int) -> None:
    """Count what hashing a key goes through, shared parts each time; it is never hashed here."""
    waiting: List[Any] = [key]
    for _ in range(most):
        if not waiting:
            return
        item = waiting.pop()
        if isinstance(item, (tuple, frozenset)):
            waiting.extend(list(item)[: most + 1])
    raise exceeded('key_items', most, most + 1)
