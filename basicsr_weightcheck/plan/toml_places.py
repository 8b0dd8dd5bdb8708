"""Where in the text of a TOML file its options stand; the text is known to be valid.

tomllib tells values, not places. Source of the grammar: TOML 1.0.0.
"""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Tuple

# Those of several lines first: three quotes begin as one does. Before the three that close one may
# stand two of the text's own.
STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:[^"\\\n]|\\.)*"|' r"'[^'\n]*'", re.DOTALL
)
BARE_KEY = re.compile(r'[A-Za-z0-9_-]+')
SPACE = re.compile(r'[ \t]*')
BETWEEN = re.compile(r'(?:[ \t\r\n]|#[^\n]*)*')  # values: comments and new lines
ESCAPES = {'b': '\b', 't': '\t', 'n': '\n', 'f': '\f', 'r': '\r', '"': '"', '\\': '\\'}

Keys = Tuple[str, ...]


class Place(NamedTuple):
    """One option, or the head of a section.

    Attributes:
        keys: of the option, those of its sections first.
        key: offsets of the last key, first and behind the last sign.
        value: offsets of the value; of a head those of its line's end.
        inline: braces of an inline table stand around it.
        is_head: it is `[a.b]`.
    """

    keys: Keys
    key: Tuple[int, int]
    value: Tuple[int, int]
    inline: bool = False
    is_head: bool = False

    @property
    def option(self) -> str:
        return '.'.join(self.keys)


def places(text: str) -> List[Place]:
    """All options and heads of a valid TOML text, in their order.

    Options of arrays of tables (`[[a]]`) are left out: no dotted name leads to them.
    """
    return list(_statements(text))


def _statements(text: str) -> Iterator[Place]:
    section: Keys = ()
    at, counts = 0, True
    while True:
        at = BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if at >= len(text):
            return
        if text[at] == '[':
            counts = text[at : at + 2] != '[['  # an array of tables does not
            begin = at
            section, _, at = _keys(text, at + (1 if counts else 2))
            at = _line_end(text, at)
            if counts:
                yield Place(section, (begin, at), (at, at), is_head=True)
        else:
            found, at = _entry(text, at, section, inline=False)
            if counts:
                yield from found


def _entry(text: str, at: int, section: Keys, *, inline: bool) -> Tuple[List[Place], int]:
    """(the option at an offset and those of an inline table, the offset behind it)."""
    keys, key, at = _keys(text, at)
    at = SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    keys = section + keys
    inner, end = _value(text, at, keys)
    return [Place(keys, key, (at, end), inline), *inner], end


def _keys(text: str, at: int) -> Tuple[Keys, Tuple[int, int], int]:
    """(a dotted key, offsets of its last part, the offset of what follows: '=' or ']')."""
    keys: List[str] = []
    while True:
        at = SPACE.match(text, at).end()  # type: ignore[union-attr]
        match = STRING.match(text, at) or BARE_KEY.match(text, at)
        assert match is not None, 'the text is valid'
        keys.append(_plain(match.group()))
        at = SPACE.match(text, match.end()).end()  # type: ignore[union-attr]
        if text[at] != '.':
            return tuple(keys), match.span(), at
        at += 1


def _plain(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    if key[0] != '"':
        return key
    pattern = r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))'
    return re.sub(pattern, _escaped, key[1:-1])


def _escaped(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else ESCAPES.get(match.group(3), match.group(3))


def _value(text: str, at: int, keys: Keys) -> Tuple[List[Place], int]:
    """(options inside of the value at an offset, the offset behind it)."""
    string = STRING.match(text, at)
    if string is not None:
        return [], string.end()
    if text[at] == '[':
        return [], _array_end(text, at)
    if text[at] == '{':
        return _inline_table(text, at, keys)
    end = re.compile(r'[^,\]}#\r\n]*').match(text, at).end()  # type: ignore[union-attr]
    return [], at + len(text[at:end].rstrip())


def _array_end(text: str, at: int) -> int:
    at = BETWEEN.match(text, at + 1).end()  # type: ignore[union-attr]
    while text[at] != ']':
        _, at = _value(text, at, ())
        at = BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if text[at] == ',':
            at = BETWEEN.match(text, at + 1).end()  # type: ignore[union-attr]
    return at + 1


def _inline_table(text: str, at: int, keys: Keys) -> Tuple[List[Place], int]:
    found: List[Place] = []
    at = BETWEEN.match(text, at + 1).end()  # type: ignore[union-attr]
    while text[at] != '}':
        more, at = _entry(text, at, keys, inline=True)
        found += more
        at = BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if text[at] == ',':
            at = BETWEEN.match(text, at + 1).end()  # type: ignore[union-attr]
    return found, at + 1


def _line_end(text: str, at: int) -> int:
    end = text.find('\n', at)
    return len(text) if end < 0 else end
