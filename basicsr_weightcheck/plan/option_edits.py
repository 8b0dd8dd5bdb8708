"""Change single options of a YAML; everything else stays as the user wrote it."""

from __future__ import annotations

import difflib
from typing import Any, Dict, Sequence, Tuple

import yaml

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.option_file import parse_options
from basicsr_weightcheck.plan.option_lines import add_section, cut_option, rename_option
from basicsr_weightcheck.plan.yaml_nodes import compose
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile


def apply_edits(options: OptionFile, edits: Sequence[OptionEdit]) -> str:
    """Return the YAML's text with the edits made; comments and layout stay.

    Raises:
        OptionError: an edit cannot be made without touching other options (anchors, a missing
            section); the result is parsed again and has to hold exactly the edits.
    """
    text = options.text
    for edit in edits:
        text = _apply(text, edit, options.path)
    _verify(options, edits, text)
    return text


def unified_diff(options: OptionFile, text: str) -> str:
    """The change as a unified diff, '' when nothing changes."""
    lines = difflib.unified_diff(
        options.text.splitlines(), text.splitlines(), options.path, options.path, lineterm='', n=1
    )
    return '\n'.join(lines)


def edited_data(data: Any, edits: Sequence[OptionEdit]) -> Any:
    """A copy of the parsed options with the edits made."""
    edited = _unshared(data)
    for edit in edits:
        if edit.becomes or edit.removed:
            place, name = _place(edited, edit.option)
            place.pop(name)
        if not edit.removed:
            place, name = _place(edited, edit.target)
            place[name] = edit.after
    return edited


def _place(data: Any, option: str) -> Tuple[Dict[Any, Any], str]:
    """(mapping, name) of an option; a section that is missing or blank is made."""
    *sections, name = option.split('.')
    for section in sections:
        if data.get(section) is None:
            data[section] = {}
        data = data[section]
    return data, name


def _apply(text: str, edit: OptionEdit, path: str) -> str:
    if edit.removed:
        return cut_option(text, edit.option, path)[0]
    value = _yaml_text(edit.after)
    if edit.becomes:
        before, _, _ = edit.option.rpartition('.')
        after, _, new = edit.becomes.rpartition('.')
        unchanged = edit.before == edit.after
        if before == after:
            text = rename_option(text, edit.option, new, path)
            if unchanged:
                return text
        else:
            text, rest = cut_option(text, edit.option, path)
            value = rest if unchanged else value  # with its comment
    *sections, name = edit.target.split('.')
    mapping = _mapping(compose(text), sections)
    if mapping is None:
        return add_section(text, sections, f'{name}: {value}', path)
    # A key written twice: the last one counts.
    for key, node in reversed(mapping.value):
        if key.value == name:
            return _replace(text, key, node, value)
    return _add(text, mapping, name, value)


def _mapping(node: yaml.Node | None, sections: Sequence[str]) -> yaml.MappingNode | None:
    for section in sections:
        if not isinstance(node, yaml.MappingNode):
            return None
        found = [value for key, value in node.value if key.value == section]
        node = found[-1] if found else None
    return node if isinstance(node, yaml.MappingNode) else None


def _replace(text: str, key: yaml.Node, node: yaml.Node, value: str) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    if start == end:  # a blank value: nothing stands after the colon
        start = end = text.index(':', key.end_mark.index) + 1
        value = ' ' + value
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        # One item a line: the node begins on a line of its own and ends where the next key does.
        start, end = text.index(':', key.end_mark.index) + 1, node.value[-1].end_mark.index
        value = ' ' + value
    return text[:start] + value + text[end:]


def _add(text: str, mapping: yaml.MappingNode, name: str, value: str) -> str:
    key, node = _neighbour(mapping, name)
    if mapping.flow_style:
        at = node.end_mark.index
        return f'{text[:at]}, {name}: {value}{text[at:]}'
    newline = '\r\n' if '\r\n' in text else '\n'
    indent = ' ' * key.start_mark.column
    end = text.find('\n', max(node.end_mark.index - 1, key.end_mark.index))
    if isinstance(node, yaml.ScalarNode):
        end = text.find('\n', node.end_mark.index)
    if end < 0:
        return f'{text}{newline}{indent}{name}: {value}{newline}'
    return f'{text[: end + 1]}{indent}{name}: {value}{newline}{text[end + 1 :]}'


def _neighbour(mapping: yaml.MappingNode, name: str) -> Tuple[yaml.Node, yaml.Node]:
    """The option to stand behind: the one for the same network, else the last."""
    suffix = name.rsplit('_', 1)[-1]
    same = [pair for pair in mapping.value if str(pair[0].value) == f'pretrain_network_{suffix}']
    key, node = (same or mapping.value)[-1]
    return key, node


def _yaml_text(value: Any) -> str:
    if value is None:
        return '~'
    dumped: str = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return dumped.split('\n...')[0].strip()


def _unshared(value: Any) -> Any:
    """A copy without shared parts: what an alias repeats would change at every place at once."""
    if isinstance(value, dict):
        return {key: _unshared(item) for key, item in value.items()}
    return [_unshared(item) for item in value] if isinstance(value, list) else value


def _verify(options: OptionFile, edits: Sequence[OptionEdit], text: str) -> None:
    if parse_options(text, options.path).data != edited_data(options.data, edits):
        raise OptionError(
            phrase('edit-not-alone'),
            options.path,
            option=edits[0].option,
            advice=phrase('edit-by-hand'),
        )
