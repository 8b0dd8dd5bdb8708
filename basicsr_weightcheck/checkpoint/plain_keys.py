"""Keys of dicts and members of sets that can be hashed in no time."""

from __future__ import annotations

from typing import Any, List

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.problems import exceeded

_PLAIN = (str, bytes, float, bool, type(None))
TEXT_CHARACTERS = 200  # of a text in a tuple that is a key


class OddKey:
    """Stands for a key that is neither text nor number.

    Two are equal where they read alike: tuples can be made to collide by the million, the hash of
    a text cannot be foretold. What does not read as a value is equal to itself only.

    Attributes:
        value: the key where it is a tuple of numbers and texts, Ellipsis for any other.
        text: how it is shown.
    """

    __slots__ = ('value', 'text')

    def __init__(self, key: Any) -> None:
        known = isinstance(key, (tuple, frozenset)) and _is_known(key)
        self.value = key if known else ...
        self.text = repr(key) if known else f'<{type(key).__name__}>'

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OddKey) or self.value is ... or other.value is ...:
            return self is other
        return self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


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
    return OddKey(key)


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


def _is_known(key: Any) -> bool:
    """Made of small plain values; `key` has been weighed."""
    if isinstance(key, (tuple, frozenset)):
        return all(_is_known(item) for item in key)
    if isinstance(key, (str, bytes)):
        return len(key) <= TEXT_CHARACTERS
    if isinstance(key, int):
        return key.bit_length() <= 64
    return isinstance(key, _PLAIN)
