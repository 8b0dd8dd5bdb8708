"""Take whole lines out of a YAML's text, and put sections in."""

from __future__ import annotations

from typing import Sequence, Tuple

import yaml

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.yaml_nodes import compose

INDENT = '  '


def cut_option(text: str, option: str, path: str) -> Tuple[str, str]:
    """(the text without the line of an option, what stood after its colon).

    Raises:
        OptionError: the option shares its line, goes over several, or is not in the file.
    """
    key, value, parent = _find(text, option, path)
    if parent.flow_style or key.start_mark.line != value.end_mark.line:
        what = phrase('edit-not-alone')
        raise OptionError(what, path, option=option, advice=phrase('edit-by-hand'))
    lines = text.splitlines(keepends=True)
    line = lines.pop(key.start_mark.line)
    return ''.join(lines), line[key.end_mark.column :].partition(':')[2].strip()


def rename_option(text: str, option: str, name: str, path: str) -> str:
    """The text with another name in the place of the option's; raises OptionError as `_find`."""
    key, _, _ = _find(text, option, path)
    return text[: key.start_mark.index] + name + text[key.end_mark.index :]


def _find(text: str, option: str, path: str) -> Tuple[yaml.Node, yaml.Node, yaml.MappingNode]:
    """(key, value, mapping) of an option; of one written twice, the later.

    Raises:
        OptionError: the file does not have it.
    """
    *sections, name = option.split('.')
    parent = compose(text)
    for section in sections:
        parent = _value(parent, section)
    pairs = parent.value if isinstance(parent, yaml.MappingNode) else ()
    found = [pair for pair in pairs if pair[0].value == name]
    if not isinstance(parent, yaml.MappingNode) or not found:
        raise OptionError(phrase('edit-no-option'), path, option=option)  # --force_yml has it
    key, value = found[-1]
    return key, value, parent


def add_section(text: str, sections: Sequence[str], line: str, path: str) -> str:
    """The text with an option in a section that has no content yet, or is not there.

    Raises:
        OptionError: a section inside another one, or one that is no section.
    """
    if len(sections) != 1:
        raise OptionError(phrase('edit-no-section'), path, option='.'.join(sections))
    root = compose(text)
    value = _value(root, sections[0])
    newline = '\r\n' if '\r\n' in text else '\n'
    if value is None:
        end = '' if text.endswith('\n') else newline
        return f'{text}{end}{sections[0]}:{newline}{INDENT}{line}{newline}'
    if not isinstance(value, yaml.ScalarNode) or value.tag != 'tag:yaml.org,2002:null':
        raise OptionError(phrase('edit-no-section'), path, option=sections[0])
    text = text[: value.start_mark.index] + text[value.end_mark.index :]  # the ~ of a blank section
    key = next(k for k, _ in root.value if k.value == sections[0])  # type: ignore[union-attr]
    end_of_line = text.find('\n', key.end_mark.index)
    if end_of_line < 0:
        return f'{text}{newline}{INDENT}{line}{newline}'
    return f'{text[: end_of_line + 1]}{INDENT}{line}{newline}{text[end_of_line + 1 :]}'


def _value(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    found = [value for key, value in node.value if key.value == name]
    return found[-1] if found else None
