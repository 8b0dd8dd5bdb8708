"""Parse and edit a training's TOML with the reader that neosr has, with each option's line.

Source: Lib/tomllib (Python 3.11 and newer; older Pythons have none, and neither does a framework
that reads TOML run on them).
"""

from __future__ import annotations

import importlib
import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_options import toml_text
from basicsr_weightcheck.plan.option_lines import append_lines, insert_line, newline_of, not_alone
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile

# Where in the text of a TOML file its options stand; the text is known to be valid.
#
# tomllib tells values, not places. Source of the grammar: TOML 1.0.0.

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


POSITION = re.compile(r' \(at (?:line (\d+), column (\d+)|end of document)\)$')
SHOWN_CHARACTERS = 120


def parse_toml(text: str, path: str) -> OptionFile:
    """Return the options of a TOML text; `path` is for messages. Raises OptionError."""
    try:
        data = importlib.import_module('tomllib').loads(text)
    except ImportError as error:
        raise OptionError(phrase('toml-python'), path=path) from error
    except (ValueError, RecursionError) as error:
        raise _refused(error, text, path) from error
    lines = {place.option: text.count('\n', 0, place.key[0]) + 1 for place in places(text)}
    return OptionFile(path, text, data, lines)


def _refused(error: Exception, text: str, path: str) -> OptionError:
    """Why tomllib refuses the text."""
    reason = str(error)
    position = POSITION.search(reason)
    lines = text.split('\n')
    line, column = len(lines), 0
    if position is not None and position.group(1):
        line, column = int(position.group(1)), int(position.group(2))
    found = lines[line - 1].rstrip()[:SHOWN_CHARACTERS] if line <= len(lines) else ''
    reason = POSITION.sub('', reason)[:200]
    if reason == 'Cannot overwrite a value':
        return OptionError(phrase('toml-twice', found=found), path, line)
    return OptionError(phrase('toml-syntax', reason=reason, found=found), path, line, column)


# Make one change in the text of a TOML; everything else stays as the user wrote it.
#
# TOML has no word for nothing: an option that becomes None is taken out.


def edit_toml(text: str, edit: OptionEdit, path: str) -> str:
    """The text with one edit made. Raises OptionError where it cannot be made alone."""
    if edit.removed or (edit.after is None and not edit.becomes):
        place = _find(text, edit.option)
        if place is None and not edit.removed:
            return text  # what is not there is nothing already
        return _cut(text, _there(place, edit.option, path), path)
    value = toml_text(edit.after)
    if edit.becomes:
        place = _there(_find(text, edit.option), edit.option, path)
        if edit.before == edit.after:
            value = text[place.value[0] : place.value[1]]
        before, after = edit.option.rpartition('.')[0], edit.becomes.rpartition('.')
        if before == after[0]:
            text = text[: place.key[0]] + _key(after[2]) + text[place.key[1] :]
        else:
            text = _cut(text, place, path)
    place = _find(text, edit.target)
    if place is not None:
        return text[: place.value[0]] + value + text[place.value[1] :]
    return _add(text, edit.target, value)


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else toml_text(name)


def _find(text: str, option: str) -> Optional[Place]:
    found = [one for one in places(text) if one.option == option and not one.is_head]
    return found[0] if found else None


def _there(place: Optional[Place], option: str, path: str) -> Place:
    if place is None:
        raise OptionError(phrase('edit-no-option'), path, option=option)
    return place


def _cut(text: str, place: Place, path: str) -> str:
    """The text without the lines of an option."""
    if place.inline:
        raise not_alone(path, place.option)
    end = text.find('\n', place.value[1])
    return text[: _line_start(text, place)] + (text[end + 1 :] if end >= 0 else '')


def _add(text: str, option: str, value: str) -> str:
    """The text with an option behind its like, at the end of its section, or in a new section."""
    *sections, name = option.split('.')
    known = places(text)
    inside = [one for one in known if list(one.keys[:-1]) == sections and not one.is_head]
    if inside:
        return _add_behind(text, _neighbour(inside, name), name, value)
    line = f'{_key(name)} = {value}'
    head = next((one for one in known if one.is_head and list(one.keys) == sections), None)
    if head is not None:
        return insert_line(text, head.value[1], line)
    if not sections:  # above the first section: what follows a head belongs to it
        return f'{line}{newline_of(text)}{text}'
    return append_lines(text, '', f'[{".".join(map(_key, sections))}]', line)


def _add_behind(text: str, one: Place, name: str, value: str) -> str:
    """The text with an option behind another of the same section."""
    if one.inline:
        return f'{text[: one.value[1]]}, {_key(name)} = {value}{text[one.value[1] :]}'
    start = _line_start(text, one)
    indent = re.compile(r'[ \t]*').match(text, start).group()  # type: ignore[union-attr]
    dotted = text[start + len(indent) : one.key[0]]  # 'a.b.' of a dotted key
    return insert_line(text, one.value[1], f'{indent}{dotted}{_key(name)} = {value}')


def _neighbour(inside: List[Place], name: str) -> Place:
    """The option to stand behind: the file of the same network, else the last."""
    suffix = name.rsplit('_', 1)[-1]
    # Where people look for it: what chooses a table or strictness stands by the file it is about.
    same = [one for one in inside if one.keys[-1] == f'pretrain_network_{suffix}']
    return (same or inside)[-1]


def _line_start(text: str, place: Place) -> int:
    return text.rfind('\n', 0, place.key[0]) + 1
