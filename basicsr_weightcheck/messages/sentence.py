"""One rule's words in one language."""

from __future__ import annotations

from typing import NamedTuple


class Sentence(NamedTuple):
    """What is said of a finding.

    Attributes:
        title: the rule in a few words.
        text: what was found, with {parameter} places of the finding.
        do: what to do next, with the same places.
    """

    title: str
    text: str
    do: str
