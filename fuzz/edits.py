"""Edits of bytes: the same list of edits always gives the same bytes."""

from __future__ import annotations

from random import Random
from typing import List, NamedTuple, Sequence

KINDS = ('flip', 'set', 'insert', 'delete', 'repeat', 'copy', 'cut', 'number')
# Numbers that readers trip over: ends of ranges, and one beyond.
NUMBERS = tuple(
    value & ((1 << 64) - 1)
    for bits in (8, 16, 31, 32, 63, 64)
    for value in ((1 << bits) - 1, 1 << bits, -(1 << (bits - 1)))
)
LONGEST = 1 << 16


class Edit(NamedTuple):
    """One change: `at` and `other` are places of 0 to 1, `value` is what is written there."""

    kind: str
    at: float
    other: float
    value: bytes


def edited(seed: bytes, edits: Sequence[Edit]) -> bytes:
    """The seed after the edits; never longer than `LONGEST`."""
    data = seed
    for edit in edits:
        data = _apply(data, edit)[:LONGEST]
    return data


def _apply(data: bytes, edit: Edit) -> bytes:
    start, other = int(edit.at * len(data)), int(edit.other * len(data))
    if start >= len(data):
        return data + edit.value
    end = min(start + 1 + int(edit.other * 32), len(data))
    value, times = edit.value, 1 + edit.value[0]
    # kind: (what stands between the bytes before and behind, where the bytes behind begin).
    changed = {
        'flip': (bytes([data[start] ^ 1 << value[0] % 8]), start + 1),
        'set': (value, start + len(value)),
        'insert': (value, start),
        'delete': (b'', end),
        'repeat': (data[start:end] * times, end),
        'copy': (data[other : other + times], start),
        'cut': (b'', len(data)),
        'number': (NUMBERS[value[0] % len(NUMBERS)].to_bytes(8, 'little'), start + 8),
    }
    middle, behind = changed[edit.kind]
    return data[:start] + middle + data[behind:]


def random_edits(random: Random) -> List[Edit]:
    """A few edits from a seeded source."""
    return [
        Edit(
            random.choice(KINDS),
            random.random(),
            random.random(),
            bytes(random.randrange(256) for _ in range(random.choice((1, 1, 2, 4, 8)))),
        )
        for _ in range(random.choice((1, 1, 2, 3, 5, 8)))
    ]
