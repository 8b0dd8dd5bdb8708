"""Lines of a page as lines of a terminal: wrapped, indented, harmless, in colour."""

from __future__ import annotations

from typing import List

from basicsr_weightcheck.messages.lookup import clean_line
from basicsr_weightcheck.messages.width import wrap
from basicsr_weightcheck.report.page import Line

STYLES = {'title': 'bold', 'good': 'green', 'bad': 'bold red', 'warn': 'yellow', 'dim': 'dim'}


def wrapped(line: Line, width: int) -> List[str]:
    """The line as lines of the terminal, indented and harmless."""
    indent = ' ' * line.indent
    text = clean_line(line.text)
    # What people copy stays in one piece.
    if 'verbatim' in line.style or not text:
        return [indent + text if text else '']
    return wrap(text, width, indent, line.hang)


def dressed(text: str, style: str, colour: bool) -> str:
    """Text in the colour of a style; as it is without colour or without rich."""
    name = STYLES.get(style.split(' ')[0])
    if not colour or name is None or not text:
        return text
    try:
        from rich.style import Style
    except ImportError:
        return text
    return str(Style.parse(name).render(text))
