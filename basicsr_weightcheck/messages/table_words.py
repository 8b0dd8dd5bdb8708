"""Which tables a file has, as advice to a table that it lacks."""

from __future__ import annotations

from typing import Iterable

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.phrases import Phrase

ROOT = 'root'  # what the command line calls the table of a file's root


def tables_phrase(names: Iterable[str]) -> Phrase:
    """All of them by name, in the order of the file."""
    named = tuple(name or ROOT for name in names)
    return phrase('tables-are', names=named) if named else phrase('tables-none')
