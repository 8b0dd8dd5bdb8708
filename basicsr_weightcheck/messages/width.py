"""How many terminal columns a text takes: Chinese characters take two."""

from __future__ import annotations

import unicodedata
from typing import List


def columns(text: str) -> int:
    """Terminal columns of one line."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def wrap(text: str, width: int, indent: str = '', hang: int = 0) -> List[str]:
    """Lines of at most `width` columns; breaks at spaces and between Chinese characters.

    A word that is too long for a line (a path, a key) keeps a line of its own: copied text stays
    whole. What is wrapped is indented by `hang` columns more.
    """
    lines: List[str] = []
    for paragraph in text.split('\n'):
        line = indent
        for piece in _pieces(paragraph):
            if columns(line) + columns(piece.rstrip()) > width and line.strip():
                lines.append(line.rstrip())
                line = indent + ' ' * hang + piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return lines


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in 'WF' else 1


def _pieces(text: str) -> List[str]:
    pieces: List[str] = []
    word = ''
    for character in text:
        wide = unicodedata.east_asian_width(character) in 'WF'
        # Closing punctuation never begins a line.
        closing = wide and unicodedata.category(character) in ('Po', 'Pe', 'Pf')
        if wide and not closing and word:
            pieces.append(word)
            word = ''
        word += character
        if character == ' ':
            pieces.append(word)
            word = ''
    return pieces + [word] if word else pieces
