"""Keys of dicts and members of sets that can be hashed in no time."""

from __future__ import annotations

from typing import Any

KEY_BITS = 64  # larger integers can be made to collide by the million
_PLAIN = (str, bytes, float, bool, type(None))


class OddKey:
    """Stands for a key that is neither text nor number; equal to itself only."""

    __slots__ = ('kind',)

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f'<{self.kind}>'


def plain_key(key: Any) -> Any:
    """The key itself, or what stands for it: to hash a tuple of tuples of tuples can take years.

    Raises:
        TypeError: Python cannot use it as a key either.
    """
    if isinstance(key, _PLAIN):
        return key
    if isinstance(key, int):
        return key if key.bit_length() <= KEY_BITS else OddKey('int')
    if isinstance(key, (list, dict, set)):
        raise TypeError(f'{type(key).__name__} used as a key')
    return OddKey(type(key).__name__)
