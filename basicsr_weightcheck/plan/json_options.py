"""Option files in JSON with `//` comments: read with lines, and edited so that comments stay.

Source: KAIR fc1732f utils/utils_option.py `parse`: each line is cut at its first `//`, wherever
that stands, and what is left is read by Python's json.

What is left is YAML as well, in which the same places have the same positions: its nodes say where
an option stands.
"""

from __future__ import annotations

import json
import re
from typing import List, Tuple

import yaml

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_options import json_value
from basicsr_weightcheck.plan.option_lines import not_alone
from basicsr_weightcheck.plan.yaml_nodes import (
    TooMuch,
    compose,
    locate,
    pairs_of,
    section_of,
    too_much,
)
from basicsr_weightcheck.plan.yaml_options import find_option
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile

COMMENT = re.compile(r'//[^\r\n]*')
ESCAPED = re.compile(r'\\.')
SHOWN_CHARACTERS = 120

Pair = Tuple[yaml.Node, yaml.Node]


def parse_json(text: str, path: str) -> OptionFile:
    """Return the options of a JSON text; `path` is for messages. Raises OptionError."""
    bare = _without_comments(text)
    if not bare.strip():
        raise OptionError(phrase('yaml-empty'), path=path)
    try:
        data = json.loads(bare)
    except json.JSONDecodeError as error:
        raise _fault(error, text, path) from error
    except RecursionError as error:
        raise OptionError(phrase('json-deep'), path=path) from error
    if not isinstance(data, dict):
        what = phrase('yaml-no-options', kind=type(data).__name__)
        raise OptionError(what, path, 1)
    try:
        node = compose(bare)
    except TooMuch as error:
        raise too_much(error, path) from error
    except (yaml.YAMLError, ValueError):
        node = None  # JSON that is no YAML: lines are not known, and nothing can be edited
    lines, duplicates = locate(node) if node is not None else ({}, [])
    return OptionFile(path, text, data, lines, tuple(duplicates))


def edit_json(text: str, edit: OptionEdit, path: str) -> str:
    """Return the text with one edit made; comments and layout stay.

    Raises:
        OptionError: the option cannot be edited alone, or is not in the file.
    """
    if edit.removed:
        return _cut(text, edit.option, path)
    value = json_value(edit.after)
    if edit.becomes:
        if edit.option.rpartition('.')[0] != edit.becomes.rpartition('.')[0]:
            text = _cut(text, edit.option, path)
        else:
            key, *_ = find_option(_without_comments(text), edit.option, path)
            name = json.dumps(edit.becomes.rpartition('.')[2], ensure_ascii=False)
            text = _with(text, key, name)
            if edit.before == edit.after:
                return text
    *sections, name = edit.target.split('.')
    pairs = pairs_of(section_of(compose(_without_comments(text)), sections))
    same = [pair for pair in pairs if pair[0].value == name]
    if same:  # a key written twice: the last one counts
        return _with(text, same[-1][1], value)
    if not pairs:
        raise OptionError(phrase('edit-no-section'), path, option='.'.join(sections))
    return _added(text, _neighbour(pairs, name), f'{json.dumps(name)}: {value}')


def _without_comments(text: str) -> str:
    """The text as json gets it; what is cut is blank, so that every position stays.

    A tab is white space for JSON and none for YAML; inside a text JSON allows no tab.
    """
    return COMMENT.sub(lambda found: ' ' * len(found.group()), text).replace('\t', ' ')


def _fault(error: json.JSONDecodeError, text: str, path: str) -> OptionError:
    """The error to raise for what json refuses."""
    lines = text.split('\n')
    # The framework cuts at `//` inside of texts as well, and json stops only further down.
    for number, line in enumerate(lines[: error.lineno], 1):
        before, comment, _ = line.partition('//')
        if comment and ESCAPED.sub('', before).count('"') % 2:  # inside a text
            what = phrase('json-slashes', found=line.strip()[:SHOWN_CHARACTERS])
            advice = phrase('json-slashes-do')
            return OptionError(what, path, number, len(before) + 1, advice=advice)
    shown = lines[error.lineno - 1].strip()[:SHOWN_CHARACTERS]
    what = phrase('json-syntax', reason=error.msg, found=shown)
    return OptionError(what, path, error.lineno, error.colno)


def _with(text: str, node: yaml.Node, value: str) -> str:
    return text[: node.start_mark.index] + value + text[node.end_mark.index :]


def _neighbour(pairs: List[Pair], name: str) -> Pair:
    """The option to stand behind: another of the same kind, else the last."""
    kind = name.rpartition('_')[0]
    same = [pair for pair in pairs if str(pair[0].value).rpartition('_')[0] == kind]
    return (same or pairs)[-1]


def _added(text: str, neighbour: Pair, entry: str) -> str:
    """The text with an option behind another, on a line of its own where that one has one."""
    key, node = neighbour
    bare = _without_comments(text)
    end = node.end_mark.index
    behind = bare[end:]
    follows = behind.lstrip()[:1]
    at = end + behind.index(follows) if follows else end
    stop = text.find('\n', end)
    if stop < 0 or (follows == '}' and at < stop):  # the section ends on the same line
        return f'{text[:end]}, {entry}{text[end:]}'
    newline = '\r\n' if text[stop - 1 : stop] == '\r' else '\n'
    first = bare.rfind('\n', 0, key.start_mark.index) + 1
    indent = re.match(r'[ \t]*', text[first:]).group()  # type: ignore[union-attr]
    # The comma stands behind the neighbour, or in front of what follows: files have either style.
    if follows == ',' and at < stop:
        line = f'{indent}{entry},'
    else:
        line = f'{indent}, {entry}'
    return f'{text[: stop + 1]}{line}{newline}{text[stop + 1 :]}'


def _cut(text: str, option: str, path: str) -> str:
    """The text without the line of an option. Raises OptionError where it is not alone on it."""
    bare = _without_comments(text)
    key, node, _ = find_option(bare, option, path)
    first = bare.rfind('\n', 0, key.start_mark.index) + 1
    stop = bare.find('\n', node.end_mark.index)
    before = bare[first : key.start_mark.index].strip()
    behind = bare[node.end_mark.index : len(bare) if stop < 0 else stop].strip()
    if stop < 0 or (before, behind) not in ((',', ''), ('', ',')):
        raise not_alone(path, option)
    return text[:first] + text[stop + 1 :]
