"""One rule's words in one language: of its findings, and of its documentation."""

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


class Document(NamedTuple):
    """The documentation of a rule. In English it stands in the docstring of the rule's file.

    Attributes:
        finds: what the rule finds, in a sentence.
        why: why it matters.
        false_alarms: when it fires although nothing is wrong.
        do: what to do.
    """

    finds: str
    why: str
    false_alarms: str
    do: str
