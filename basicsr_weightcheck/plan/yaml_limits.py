"""Ceilings of the option reader. Each one has a name, a value, a unit and a reason."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Dict, Tuple


def _ceiling(value: int, unit: str, reason: str) -> Any:
    return field(default=value, metadata={'unit': unit, 'reason': reason})


class TooMuch(Exception):
    """A ceiling was reached.

    Attributes:
        ceiling, value, unit: which one.
        found: what the file has, or had when the reader gave up.
    """

    def __init__(self, ceiling: str, value: int, unit: str, found: int) -> None:
        super().__init__(ceiling, value, unit, found)
        self.ceiling, self.value, self.unit, self.found = ceiling, value, unit, found


@dataclass(frozen=True)
class YamlLimits:
    """Far above real YAMLs; PyYAML takes 50 microseconds and 1 KiB for a value."""

    file_bytes: int = _ceiling(1 << 20, 'bytes', 'a training YAML has 2 to 20 kB')
    nodes: int = _ceiling(20_000, 'values', 'keys and values; a training YAML has 100 to 400')
    unfolded_nodes: int = _ceiling(50_000, 'values', 'an alias counts each time it is used')
    depth: int = _ceiling(64, 'levels', 'a training YAML has 5')
    scalar_length: int = _ceiling(16_384, 'characters', 'one value; paths have up to 4,096')

    def check(self, ceiling: str, found: int) -> None:
        """Raise TooMuch where a ceiling is reached."""
        value, unit, _ = CEILINGS[ceiling]
        if found > value:
            raise TooMuch(ceiling, value, unit, found)


CEILINGS: Dict[str, Tuple[int, str, str]] = {
    one.name: (int(one.default), one.metadata['unit'], one.metadata['reason'])  # type: ignore[arg-type]
    for one in fields(YamlLimits)
}
YAML_LIMITS = YamlLimits()
