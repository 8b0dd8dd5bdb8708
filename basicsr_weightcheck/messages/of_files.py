"""How files are told of: their paths, what is left of a cut one, its objects and tables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterable, Optional, Sequence

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.numbers import size
from basicsr_weightcheck.records.phrases import Phrase

if TYPE_CHECKING:
    from basicsr_weightcheck.records.tensors import Cut, ForeignObject

ROOT = 'root'  # what the command line calls the table of a file's root


def seen_from(path: str, folder: str) -> str:
    """The path relative to a folder; as it is where none leads there (another drive of Windows)."""
    try:
        return os.path.relpath(path, folder)
    except ValueError:
        return path


def cut_phrase(cut: Optional[Cut]) -> str:
    """How much is there, and the first tensor that is not; '' of a file that is whole."""
    if cut is None:
        return ''
    present, expected = size(cut.present_bytes), size(cut.expected_bytes)
    if not cut.missing:
        return phrase('cut-end', present=present, expected=expected)
    return phrase(
        'cut',
        present=present,
        expected=expected,
        first_missing=cut.first_missing,
        missing=cut.missing,
        tensors=cut.tensors,
    )


def object_phrase(name: str, foreign: Sequence[ForeignObject]) -> Phrase:
    """The name with its place.

    Args:
        name: as torch prints it, which leaves out 'builtins.'.
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


def tables_phrase(names: Iterable[str]) -> Phrase:
    """All of them by name, in the order of the file."""
    named = tuple(name or ROOT for name in names)
    return phrase('tables-are', names=named) if named else phrase('tables-none')
