"""A sentence that keeps what it is made of, so that it can be said in another language later."""

from __future__ import annotations

from typing import Dict, Tuple, Union

Plain = Union[None, bool, int, float, str, Tuple[str, ...]]

Facts = Tuple[Tuple[str, Plain], ...]

Pair = Tuple[str, str]  # English, Chinese
Words = Dict[str, Pair]


class Phrase(str):
    """English text with the code and the facts that it was made from.

    It is a str wherever a str is wanted (JSON, logs, errors); `messages.lookup.spoken` says it in
    the user's language.

    Attributes:
        code: key of the sentence in `messages.words`, or in the words of a rule; '' for plain text.
        facts: (name, plain value) pairs for its places, sorted by name.
    """

    code: str
    facts: Facts

    def __new__(cls, text: str = '', code: str = '', facts: Facts = ()) -> Phrase:
        made = super().__new__(cls, text)
        made.code = code
        made.facts = facts
        return made
