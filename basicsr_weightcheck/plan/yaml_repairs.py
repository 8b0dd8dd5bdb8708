"""Ways to repair one line of a YAML, each with the mistake that it mends.

Every proposal is tried by the caller on the whole text; nothing here decides.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Iterator, List, NamedTuple

KEY = r'^(\s*(?:- )?)([\w.-]+)'
INDENT = 2
# Signs that an input method for Chinese leaves switched on writes in the place of those of YAML.
WIDE = {
    '：': ': ', '，': ', ', '“': '"', '”': '"', '‘': "'", '’': "'",
    '【': '[', '】': ']', '\u3000': ' ',
}  # fmt: skip


class Repair(NamedTuple):
    """A line as it may have been meant.

    Attributes:
        mistake: 'tab', 'space', 'wide', 'colon', 'backslash', 'bracket', 'quote' or 'indent'.
        line: the whole line, repaired.
    """

    mistake: str
    line: str


def repairs(lines: List[str], index: int) -> Iterator[Repair]:
    """Proposals for the line at `index` (0-based), the most telling first."""
    line = lines[index]
    body = line.lstrip(' \t')
    indent = line[: len(line) - len(body)]
    # One mistake a proposal: a tab in the indentation hides whatever else is wrong.
    if '\t' in indent:
        yield from (Repair('tab', ' ' * width + body) for width in _indents(lines, index))
        return
    if visible(line) != line:
        yield from (Repair('space', written) for written in spaced(lines, index))
        return
    if any(sign in line for sign in WIDE):
        yield Repair('wide', _narrow(line))
    glued = re.match(KEY + r':(?=[^\s:])(?!//)(.*)$', line)
    if glued:
        yield Repair('colon', f'{glued.group(1)}{glued.group(2)}: {glued.group(3)}')
    yield from _quoted(line)
    yield from (Repair('indent', ' ' * width + body) for width in _indents(lines, index))


def spaced(lines: List[str], index: int) -> List[str]:
    """The line at `index` with spaces only, the likeliest first: its indentation may be another."""
    line, plain = lines[index], visible(lines[index])
    body = plain.lstrip(' ')
    width = len(plain) - len(body)
    if line[:width] == plain[:width]:
        return [plain]
    widths = sorted(_indents(lines, index), key=lambda one: one != width)
    return [' ' * one + body for one in widths]


def visible(text: str) -> str:
    """The text with spaces for those of other kinds, and without what has no width.

    YAML takes a non-breaking space, which web pages and word processors write, for a letter.
    """
    kinds = {sign: unicodedata.category(sign) for sign in set(text)}
    for sign, kind in kinds.items():
        if sign not in WIDE and kind in ('Zs', 'Cf'):
            text = text.replace(sign, ' ' if kind == 'Zs' else '')
    return text


def _narrow(line: str) -> str:
    for sign, narrow in WIDE.items():
        line = line.replace(sign, narrow)
    return line.replace(':  ', ': ')


def _quoted(line: str) -> Iterator[Repair]:
    match = re.match(KEY + r':\s+(.*?)(\s+#.*)?\s*$', line)
    if match is None or not match.group(3):
        return
    head, value, comment = line[: match.start(3)], match.group(3), match.group(4) or ''
    bare = value.strip('"\'')
    missing = _open_brackets(value)
    if missing:
        yield Repair('bracket', f'{head}{value}{missing}{comment}')
    if value.startswith('"') and '\\' in value:
        yield Repair('backslash', f"{head}'{bare}'{comment}")
    elif "'" not in bare:
        yield Repair('quote', f"{head}'{bare}'{comment}")
    else:
        escaped = bare.replace('\\', '\\\\').replace('"', '\\"')
        yield Repair('quote', f'{head}"{escaped}"{comment}')


def _open_brackets(value: str) -> str:
    """The brackets that close what a list or mapping in one line opens; '' where none are open."""
    if value[0] not in '[{':
        return ''
    pairs = {'[': ']', '{': '}'}
    waiting: List[str] = []
    for sign in value:
        if sign in pairs:
            waiting.append(pairs[sign])
        elif waiting and sign == waiting[-1]:
            waiting.pop()
    return ''.join(reversed(waiting))


def _indents(lines: List[str], index: int) -> List[int]:
    """Indentations of the lines above, the nearest first; one level more below a section."""
    found: List[int] = []
    for line in reversed(lines[:index]):
        body = line.lstrip(' ')
        if body.strip() and not body.startswith(('#', '\t')):
            width = len(line) - len(body)
            opens = not found and body.rstrip().endswith(':')  # a section without content yet
            found += [width + INDENT, width] if opens else [width]
    return list(dict.fromkeys(found)) or [0]
