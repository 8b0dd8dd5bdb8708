"""Which object of a file is meant, and where in the file it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.phrases import Phrase

if TYPE_CHECKING:
    from basicsr_weightcheck.records.tensors import ForeignObject


def object_phrase(name: str, foreign: Sequence[ForeignObject]) -> Phrase:
    """The name with its place.

    Args:
        name: as torch prints it, which leaves out 'builtins.'.
        foreign: of the header.
    """
    for one in foreign:
        if one.name == name or one.name.rpartition('.')[2] == name:
            placed = placed_phrase(one)
            return phrase('object-code', object=placed) if one.is_code else placed
    return phrase('object', name=name)


def placed_phrase(one: ForeignObject) -> Phrase:
    """The same for an object of the header."""
    if one.is_module:
        return phrase('object-module', name=one.name)
    if one.place is None:
        return phrase('object', name=one.name)
    if not one.place:
        return phrase('object-root', name=one.name)
    return phrase('object-in', name=one.name, place=one.place)
