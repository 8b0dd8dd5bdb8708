"""Make one change in the text of a YAML; everything else stays as the user wrote it."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

import yaml

from basicsr_weightcheck.plan.option_lines import add_section, cut_option, rename_option
from basicsr_weightcheck.plan.yaml_nodes import compose
from basicsr_weightcheck.records.findings import OptionEdit


def edit_yaml(text: str, edit: OptionEdit, path: str) -> str:
    """The text with one edit made. Raises OptionError where it cannot be made alone."""
    if edit.removed:
        return cut_option(text, edit.option, path)[0]
    value = yaml_value(edit.after)
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


def yaml_value(value: Any) -> str:
    """A value as YAML writes it, on one line."""
    if value is None:
        return '~'
    dumped: str = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return dumped.split('\n...')[0].strip()
