"""Whole lines in the text of an option file: what the editors of all formats have in common."""

from __future__ import annotations

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase


def newline_of(text: str) -> str:
    """What ends the lines of a text: an edit ends its own alike."""
    return '\r\n' if '\r\n' in text else '\n'


def insert_line(text: str, at: int, line: str) -> str:
    """The text with a line behind the line of an offset."""
    newline, end = newline_of(text), text.find('\n', at)
    if end < 0:
        return f'{text}{newline}{line}{newline}'
    return f'{text[: end + 1]}{line}{newline}{text[end + 1 :]}'


def append_lines(text: str, *lines: str) -> str:
    """The text with lines at its end, which may lack the end of its last one."""
    newline = newline_of(text)
    end = '' if not text or text.endswith('\n') else newline
    return text + end + ''.join(line + newline for line in lines)


def not_alone(path: str, option: str) -> OptionError:
    """The error to raise where other options share the lines of one."""
    what, advice = phrase('edit-not-alone'), phrase('edit-by-hand')
    return OptionError(what, path, option=option, advice=advice)
