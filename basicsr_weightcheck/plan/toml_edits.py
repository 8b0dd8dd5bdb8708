"""Make one change in the text of a TOML; everything else stays as the user wrote it.

TOML has no word for nothing: an option that becomes None is taken out.
"""

from __future__ import annotations

import re
from typing import Any, List, Optional

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.option_lines import append_lines, insert_line, newline_of, not_alone
from basicsr_weightcheck.plan.toml_places import BARE_KEY, Place, places
from basicsr_weightcheck.records.findings import OptionEdit


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


def toml_text(value: Any) -> str:
    """A value as TOML writes it: bool, int, float, text or a list of them."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, (list, tuple)):
        return f'[{", ".join(toml_text(one) for one in value)}]'
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """In single quotes, which take a path of Windows as it is, where nothing speaks against it."""
    plain = all(sign >= ' ' and sign != '\x7f' for sign in value)
    if plain and '\\' in value and "'" not in value:
        return f"'{value}'"
    escaped = value.replace('\\', '\\\\').replace('"', '\\"')
    coded = re.sub(r'[\x00-\x1f\x7f]', lambda sign: f'\\u{ord(sign.group()):04x}', escaped)
    return f'"{coded}"'


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
