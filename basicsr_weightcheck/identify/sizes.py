"""Read counts and sizes off a table; one that is odd or hostile reads as not told."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Dict, Iterable, Optional, Tuple

from basicsr_weightcheck.records.names import Shapes as Shapes  # for the families, too

# A whole part of the name, below 10,000: no network has so many blocks, and a count is a promise
# to list as many keys.
_INDEX = re.compile(r'(?<=\.)(?:0|[1-9][0-9]{0,3})(?=\.)')
INDEX_DEPTH = 2  # block of a layer; a number further down names a part of the block
MAX_SIZE = (1 << 63) - 1  # of a dimension in torch
REACH = 2  # a network with more than so many times the table's keys is never accepted


def block_counts(shapes: Shapes) -> Dict[str, int]:
    """{'body.': 23, 'layers.3.blocks.': 6}: one more than the highest index behind each prefix."""
    counts: Dict[str, int] = {}
    for key in shapes:
        for index in islice(_INDEX.finditer(key), INDEX_DEPTH):
            prefix = key[: index.start()]
            counts[prefix] = max(counts.get(prefix, 0), int(index.group()) + 1)
    return counts


def in_reach(shapes: Shapes, block_count: int, keys_each: int) -> bool:
    """Whether a network of so many blocks is small enough for half of it to be in the table.

    To be asked before the keys of the network are listed: one index of 9999 costs a file nothing.

    Args:
        keys_each: the fewest keys that a block can have.
    """
    return block_count * keys_each <= REACH * len(shapes)


def size(shapes: Shapes, key: str, axis: int) -> Optional[int]:
    """Size of one dimension; None where the table does not tell it, or tells a senseless one."""
    shape = shapes.get(key, ())
    if axis >= len(shape):
        return None
    found = shape[axis]
    return found if isinstance(found, int) and 0 < found <= MAX_SIZE else None


def voted(shapes: Shapes, keys: Iterable[str], axis: int) -> Optional[int]:
    """The most frequent size of one dimension over several keys, so that none of them is needed."""
    return most_common(size(shapes, key, axis) for key in keys)


def channels_out(shapes: Shapes, layer: str) -> Optional[int]:
    """Channels that a layer gives, from its weight or else from its bias."""
    return voted(shapes, (f'{layer}.weight', f'{layer}.bias'), 0)


def most_common(values: Iterable[Optional[int]]) -> Optional[int]:
    """The most frequent value that is not None, the first of several; None for no value."""
    votes = Counter(value for value in values if value is not None)
    return votes.most_common(1)[0][0] if votes else None


def untold(**values: object) -> Tuple[str, ...]:
    """Names of the values that are None: the table lacks the keys that tell them."""
    return tuple(name for name, value in values.items() if value is None)
