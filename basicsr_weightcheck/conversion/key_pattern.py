"""Patterns of names: `{}` a number, `{*2}` its double, `*` one part of a name, `**` any text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import List, Optional, Tuple

_PLACE = re.compile(r'\{(?:\*([2-9]))?\}|\*\*|\*')
_REGEX = {'{}': r'(\d+)', '**': r'(.*)', '*': r'([^.]+)'}
MOST_DIGITS = 9  # of a number that is multiplied


@dataclass(frozen=True)
class KeyPattern:
    """One pattern. `places` are the kinds of its places in order; `{*2}` is of the kind `{}`."""

    text: str

    @property
    def places(self) -> Tuple[str, ...]:
        return tuple(_kind(place) for place in _PLACE.finditer(self.text))

    def fits(self, key: str) -> bool:
        """The name is one of those that the pattern stands for."""
        return self.match(key) is not None

    def match(self, key: str) -> Optional[Tuple[Tuple[str, str], ...]]:
        """(kind, text) of every place, None where the name does not fit.

        The text of `{*2}` is half of the number in the name, which has to be even.
        """
        found = _compiled(self.text).fullmatch(key)
        if found is None:
            return None
        values = []
        for place, text in zip(_PLACE.finditer(self.text), found.groups()):
            factor = _factor(place)
            if factor > 1:
                # Few digits: Python refuses to make a number of thousands, and takes long for many.
                if len(text) > MOST_DIGITS or int(text) % factor:
                    return None
                text = str(int(text) // factor)
            values.append((_kind(place), text))
        return tuple(values)

    def fill(self, values: Tuple[Tuple[str, str], ...]) -> str:
        """The name with its places filled, each kind in its own order."""
        waiting = {kind: [text for k, text in values if k == kind] for kind in _REGEX}

        def filled(place: re.Match[str]) -> str:
            text, factor = waiting[_kind(place)].pop(0), _factor(place)
            return str(int(text[:MOST_DIGITS]) * factor) if factor > 1 else text

        return _PLACE.sub(filled, self.text)

    def can_be_filled_from(self, other: KeyPattern) -> bool:
        """The other pattern has at least as many places of every kind."""
        return all(self.places.count(kind) <= other.places.count(kind) for kind in _REGEX)


def _kind(place: re.Match[str]) -> str:
    return '{}' if place.group().startswith('{') else place.group()


def _factor(place: re.Match[str]) -> int:
    return int(place.group(1) or 1)


@lru_cache(maxsize=256)
def _compiled(text: str) -> re.Pattern[str]:
    parts: List[str] = []
    at = 0
    for place in _PLACE.finditer(text):
        parts += [re.escape(text[at : place.start()]), _REGEX[_kind(place)]]
        at = place.end()
    # DOTALL: a name may hold a line break, and still is one name.
    return re.compile(''.join(parts) + re.escape(text[at:]), re.DOTALL)
