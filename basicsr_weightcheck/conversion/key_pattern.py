"""Patterns of names: `{}` a number, `*` one part of a name, `**` any text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import List, Optional, Tuple

_PLACE = re.compile(r'\{\}|\*\*|\*')
_REGEX = {'{}': r'(\d+)', '**': r'(.*)', '*': r'([^.]+)'}


@dataclass(frozen=True)
class KeyPattern:
    """One pattern. `places` are the kinds of its places in order."""

    text: str

    @property
    def places(self) -> Tuple[str, ...]:
        return tuple(_PLACE.findall(self.text))

    def fits(self, key: str) -> bool:
        """The name is one of those that the pattern stands for."""
        return _compiled(self.text).fullmatch(key) is not None

    def match(self, key: str) -> Optional[Tuple[Tuple[str, str], ...]]:
        """(kind, text) of every place, None where the name does not fit."""
        found = _compiled(self.text).fullmatch(key)
        return tuple(zip(self.places, found.groups())) if found is not None else None

    def fill(self, values: Tuple[Tuple[str, str], ...]) -> str:
        """The name with its places filled, each kind in its own order."""
        waiting = {kind: [text for k, text in values if k == kind] for kind in _REGEX}
        return _PLACE.sub(lambda place: waiting[place.group()].pop(0), self.text)

    def can_be_filled_from(self, other: KeyPattern) -> bool:
        """The other pattern has at least as many places of every kind."""
        return all(self.places.count(kind) <= other.places.count(kind) for kind in _REGEX)


@lru_cache(maxsize=256)
def _compiled(text: str) -> re.Pattern[str]:
    parts: List[str] = []
    at = 0
    for place in _PLACE.finditer(text):
        parts += [re.escape(text[at : place.start()]), _REGEX[place.group()]]
        at = place.end()
    return re.compile(''.join(parts) + re.escape(text[at:]), re.DOTALL)
