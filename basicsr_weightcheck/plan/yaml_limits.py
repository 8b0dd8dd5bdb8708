"""Ceilings of the option reader. Each one has a name, a value, a unit and a reason."""

from __future__ import annotations

from typing import Dict, Tuple

# {name: (value, unit, reason)}. PyYAML takes 50 microseconds and 1 KiB for a value.
CEILINGS: Dict[str, Tuple[int, str, str]] = {
    'file_bytes': (1 << 20, 'bytes', 'a training YAML has 2 to 20 kB'),
    'nodes': (20_000, 'values', 'keys and values; a training YAML has 100 to 400'),
    'unfolded_nodes': (50_000, 'values', 'an alias counts each time it is used'),
    'depth': (64, 'levels', 'a training YAML has 5'),
    'scalar_length': (16_384, 'characters', 'one value; paths have up to 4,096'),
}


class TooMuch(Exception):
    """A ceiling was reached.

    Attributes:
        ceiling, value, unit: which one.
        found: what the file has, or had when the reader gave up.
    """

    def __init__(self, ceiling: str, value: int, unit: str, found: int) -> None:
        super().__init__(ceiling, value, unit, found)
        self.ceiling, self.value, self.unit, self.found = ceiling, value, unit, found


def check_ceiling(ceiling: str, found: int) -> None:
    """Raise TooMuch where a ceiling is reached."""
    value, unit, _ = CEILINGS[ceiling]
    if found > value:
        raise TooMuch(ceiling, value, unit, found)
