"""Parse and edit a training's TOML with the reader that neosr has, with each option's line.

Source: Lib/tomllib (Python 3.11 and newer; older Pythons have none, and neither does a framework
that reads TOML run on them).
"""

from __future__ import annotations

import importlib
import re
from contextlib import suppress
from functools import reduce
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_options import toml_text
from basicsr_weightcheck.plan.option_lines import append_lines, insert_line, newline_of, not_alone
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile

# Where in the text of a TOML file its options stand; the text is known to be valid.
#
# tomllib tells values, not places, but it says where one ends: before that it refuses the text.
# Source of the grammar: TOML 1.0.0.

BARE_KEY = re.compile(r'[A-Za-z0-9_-]+')
MOST_LINES = 200  # of a value; the reader is asked at each of them
_PART = rf'(?:"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|{BARE_KEY.pattern})'
_DOTTED = re.compile(rf'[ \t]*(?:{_PART}[ \t]*\.[ \t]*)*({_PART})[ \t]*=[ \t]*')

Keys = Tuple[str, ...]


class Place(NamedTuple):
    """One option, or the head of a section.

    Attributes:
        keys: of the option, those of its sections first.
        key: offsets of the last key, first and behind the last sign.
        value: offsets of the value; of a head those of its beginning.
        is_head: it is `[a.b]`.
    """

    keys: Keys
    key: Tuple[int, int]
    value: Tuple[int, int]
    is_head: bool = False

    @property
    def option(self) -> str:
        return '.'.join(self.keys)


def places(text: str) -> List[Place]:
    """All options and heads of a valid TOML text, in their order.

    Options of arrays of tables (`[[a]]`) are left out: no dotted name leads to them. So are those
    of an inline table: they are a part of its value.
    """
    found: List[Place] = []
    section: Optional[Keys] = ()
    for at, statement in _statements(text):
        dotted = _DOTTED.match(statement)
        if dotted is not None and section is not None:
            keys, _ = _chain(_loads(dotted.group() + '0'))
            key, start = (at + dotted.start(1), at + dotted.end(1)), at + dotted.end()
            found.append(Place(section + keys, key, (start, at + _end(statement, dotted.end()))))
        elif statement.lstrip(' \t').startswith('['):
            keys, inside = _chain(_loads(statement))
            section = keys if inside == {} else None
            found += [Place(keys, (at, at), (at, at), is_head=True)] if inside == {} else []
    return found


def _statements(text: str) -> Iterator[Tuple[int, str]]:
    """(offset, statement): as many lines as the reader takes for one; none behind a long one."""
    at = end = 0
    for line in text.splitlines(keepends=True):
        end += len(line)
        if text.count('\n', at, end) > MOST_LINES:
            return
        with suppress(ValueError):
            _loads(text[at:end])
            yield at, text[at:end]
            at = end


def _chain(read: Any) -> Tuple[Keys, Any]:
    """(names that lead to the one thing that was read, what it is)."""
    keys: List[str] = []
    while isinstance(read, dict) and read:
        ((key, read),) = read.items()
        keys.append(key)
    return tuple(keys), read


def _end(statement: str, start: int) -> int:
    """Behind the value that begins at an offset: a comment may follow it."""
    for sign in re.finditer('#', statement):
        with suppress(ValueError):
            _loads(f'x = {statement[start : sign.start()]}')
            return len(statement[: sign.start()].rstrip())
    return len(statement.rstrip())


def _loads(text: str) -> Any:
    return importlib.import_module('tomllib').loads(text)


POSITION = re.compile(r' \(at (?:line (\d+), column (\d+)|end of document)\)$')
KEY = r'^(\s*[\w."\'-]+\s*)'
SHOWN_CHARACTERS = 120
# What YAML and people write for true and false.
WORDS = {
    'true': 'true', 'yes': 'true', 'on': 'true', 'false': 'false', 'no': 'false', 'off': 'false',
}  # fmt: skip


def parse_toml(text: str, path: str) -> OptionFile:
    """Return the options of a TOML text; `path` is for messages. Raises OptionError."""
    try:
        data = _loads(text)
    except ImportError as error:
        raise OptionError(phrase('toml-python'), path=path) from error
    except (ValueError, RecursionError) as error:
        raise _refused(error, text, path) from error
    lines = {}
    for place in places(text):
        value = {} if place.is_head else reduce(lambda part, key: part[key], place.keys, data)
        line = text.count('\n', 0, place.key[0]) + 1
        lines.update(dict.fromkeys(_names(place.option, value), line))
    return OptionFile(path, text, data, lines)


def _names(option: str, value: Any) -> Iterator[str]:
    """An option, and those of an inline table."""
    yield option
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield from _names(f'{option}.{key}', inner)


def _refused(error: Exception, text: str, path: str) -> OptionError:
    """Why tomllib refuses the text; a corrected line is named only where it was tried."""
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
    for mistake, written in _written(lines, line - 1):
        if _reaches_further([*lines[: line - 1], written, *lines[line:]], line):
            what = phrase(f'toml-{mistake}', found=found)
            advice = phrase('yaml-write', corrected=written.rstrip()[:SHOWN_CHARACTERS])
            return OptionError(what, path, line, column, advice=advice)
    return OptionError(phrase('toml-syntax', reason=reason, found=found), path, line, column)


def _written(lines: Any, index: int) -> Iterator[Tuple[str, str]]:
    """(mistake, the line as it may have been meant)."""
    line = lines[index] if index < len(lines) else ''
    colon = re.match(KEY + r':\s*(.*)$', line)
    if colon is not None:
        yield 'colon', f'{colon.group(1).rstrip()} = {colon.group(2)}'
    match = re.match(KEY + r'=\s*(.*?)(\s+#.*)?(\r?)$', line)
    if match is None:
        return
    head, value, rest = f'{match.group(1)}= ', match.group(2), ''.join(match.groups('')[2:])
    bare = value.strip('"\'')
    if '\\' in value and value[:1] == '"' and "'" not in bare:
        yield 'backslash', f"{head}'{bare}'{rest}"
    if value.lower() in WORDS:
        yield 'word', f'{head}{WORDS[value.lower()]}{rest}'
    elif value and "'" not in bare:
        yield 'quote', f"{head}'{bare}'{rest}"


def _reaches_further(lines: Any, line: int) -> bool:
    stopped = _stops('\n'.join(lines))
    return stopped is None or stopped > line


def _stops(text: str) -> Optional[int]:
    """The line at which the reader stops, None where it gets through."""
    try:
        _loads(text)
    except (ValueError, RecursionError) as error:
        position = POSITION.search(str(error))
        return int((position and position.group(1)) or 0)
    return None


# Make one change in the text of a TOML; everything else stays as the user wrote it.
#
# TOML has no word for nothing: an option that becomes None is taken out.


def edit_toml(text: str, edit: OptionEdit, path: str) -> str:
    """The text with one edit made. Raises OptionError where it cannot be made alone."""
    if edit.removed or (edit.after is None and not edit.becomes):
        place = _find(text, edit.option, path)
        if place is None and not edit.removed:
            return text  # what is not there is nothing already
        return _cut(text, _there(place, edit.option, path))
    value = toml_text(edit.after)
    if edit.becomes:
        place = _there(_find(text, edit.option, path), edit.option, path)
        if edit.before == edit.after:
            value = text[place.value[0] : place.value[1]]
        before, after = edit.option.rpartition('.')[0], edit.becomes.rpartition('.')
        if before == after[0]:
            text = text[: place.key[0]] + _key(after[2]) + text[place.key[1] :]
        else:
            text = _cut(text, place)
    place = _find(text, edit.target, path)
    if place is not None:
        return text[: place.value[0]] + value + text[place.value[1] :]
    return _add(text, edit.target, value)


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else toml_text(name)


def _find(text: str, option: str, path: str) -> Optional[Place]:
    """Where an option stands, None without one. Raises OptionError in an inline table."""
    for one in places(text):
        if not one.is_head and one.option == option:
            return one
        if not one.is_head and option.startswith(f'{one.option}.'):
            raise not_alone(path, option)
    return None


def _there(place: Optional[Place], option: str, path: str) -> Place:
    if place is None:
        raise OptionError(phrase('edit-no-option'), path, option=option)
    return place


def _cut(text: str, place: Place) -> str:
    """The text without the lines of an option."""
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
