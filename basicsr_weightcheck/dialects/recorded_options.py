"""Options that remember: what the model class reads below `path:`, and which section is which."""

from __future__ import annotations

import copy
from typing import Any, Dict, List, Optional, Tuple


class RecordedOptions(Dict[str, Any]):
    """A dict that notes every look-up as (key, value or the default that was returned)."""

    def __init__(self, values: Dict[str, Any]) -> None:
        super().__init__(values)
        self.reads: List[Tuple[str, Any]] = []

    def get(self, key: str, default: Any = None) -> Any:
        value = super().get(key, default)
        self.reads.append((key, value))
        return value

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        self.reads.append((key, value))
        return value

    def __deepcopy__(self, memo: Any) -> RecordedOptions:
        # A model that copies its options still reports to the same list.
        copied = RecordedOptions(dict(self))
        copied.reads = self.reads
        return copied


class NamedSection(Dict[str, Any]):
    """A section of a network that knows its name, also as a copy: two may have equal options."""

    def __init__(self, name: str, values: Dict[str, Any]) -> None:
        super().__init__(values)
        self.name = name

    def __deepcopy__(self, memo: Any) -> NamedSection:
        return NamedSection(self.name, {k: copy.deepcopy(v, memo) for k, v in self.items()})

    def copy(self) -> NamedSection:
        return NamedSection(self.name, self)


def last_read(reads: List[Tuple[str, Any]], start: str, value: Any) -> Optional[str]:
    """The option read last whose name begins with `start` and that gave exactly `value`."""
    # Equal is not enough: 1 == True, and 0 == False.
    for key, given in reversed(reads):
        if str(key).startswith(start) and type(given) is type(value) and given == value:
            return str(key)
    return None
