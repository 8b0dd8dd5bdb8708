"""Parse a training YAML as BasicSR would, with the line of every option, and edit one of them."""

from __future__ import annotations

from typing import Sequence, Tuple

import yaml

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_options import yaml_value
from basicsr_weightcheck.plan.option_lines import append_lines, insert_line, not_alone
from basicsr_weightcheck.plan.yaml_nodes import (
    TooMuch,
    compose,
    construct,
    invisible_in_name,
    locate,
    name_with_invisible,
    nul_line,
    pairs_of,
    section_of,
    syntax_error,
    too_much,
)
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile

# What PyYAML lets out where a tag and its value do not fit: '!!float', '!!bool x', '!!timestamp x'.
_MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def parse_merging_yaml(text: str, path: str) -> OptionFile:
    """As PyYAML's safe loader reads them: `<<` merges, without lines. Raises OptionError."""
    return parse_yaml(text, path, merges=True)


def parse_yaml(text: str, path: str, merges: bool = False) -> OptionFile:
    """Return the options of a YAML text; `path` is for messages. Raises OptionError."""
    try:
        node = compose(text)
        if node is None:
            raise OptionError(phrase('yaml-empty'), path=path)
        if nul_line(node):
            raise OptionError(phrase('yaml-character', code='\\0'), path, nul_line(node))
        key = name_with_invisible(node)
        if key is not None:
            raise invisible_in_name(key, path, text)
        lines, duplicates = locate(node)  # before merge keys are resolved, which changes the nodes
        data = construct(node, merges)
    except TooMuch as error:
        raise too_much(error, path) from error
    except yaml.MarkedYAMLError as error:
        raise syntax_error(error, text, path) from error
    except yaml.reader.ReaderError as error:
        line = text.count('\n', 0, error.position) + 1
        what = phrase('yaml-character', code=f'{error.character:#06x}')
        raise OptionError(what, path, line) from error
    except (*_MALFORMED, yaml.YAMLError) as error:
        raise OptionError(phrase('yaml-invalid', reason=str(error)[:200]), path=path) from error
    if not isinstance(data, dict):
        what = phrase('yaml-no-options', kind=type(data).__name__)
        raise OptionError(what, path, node.start_mark.line + 1)
    return OptionFile(path, text, data, lines, tuple(duplicates))


# Make one change in the text of a YAML; everything else stays as the user wrote it.

INDENT = '  '


def edit_yaml(text: str, edit: OptionEdit, path: str) -> str:
    """The text with one edit made. Raises OptionError where it cannot be made alone."""
    if edit.removed:
        return _cut(text, edit.option, path)[0]
    value = yaml_value(edit.after)
    if edit.becomes:
        before, _, _ = edit.option.rpartition('.')
        after, _, new = edit.becomes.rpartition('.')
        unchanged = edit.before == edit.after
        if before == after:
            key, _, _ = find_option(text, edit.option, path)
            text = text[: key.start_mark.index] + new + text[key.end_mark.index :]
            if unchanged:
                return text
        else:
            text, rest = _cut(text, edit.option, path)
            value = rest if unchanged else value  # with its comment
    *sections, name = edit.target.split('.')
    mapping = section_of(compose(text), sections)
    if not isinstance(mapping, yaml.MappingNode):
        return _add_section(text, sections, f'{name}: {value}', path)
    # A key written twice: the last one counts.
    for key, node in reversed(mapping.value):
        if key.value == name:
            return _replace(text, key, node, value)
    return _add(text, mapping, name, value)


def find_option(text: str, option: str, path: str) -> Tuple[yaml.Node, yaml.Node, yaml.MappingNode]:
    """(key, value, mapping) of an option; of one written twice, the later.

    Raises:
        OptionError: the file does not have it.
    """
    *sections, name = option.split('.')
    parent = section_of(compose(text), sections)
    found = [pair for pair in pairs_of(parent) if pair[0].value == name]
    if not isinstance(parent, yaml.MappingNode) or not found:
        raise OptionError(phrase('edit-no-option'), path, option=option)  # --force_yml has it
    return (*found[-1], parent)


def _cut(text: str, option: str, path: str) -> Tuple[str, str]:
    """(the text without the line of an option, what stood after its colon).

    Raises:
        OptionError: the option shares its line, goes over several, or is not in the file.
    """
    key, value, parent = find_option(text, option, path)
    if parent.flow_style or key.start_mark.line != value.end_mark.line:
        raise not_alone(path, option)
    lines = text.splitlines(keepends=True)
    line = lines.pop(key.start_mark.line)
    return ''.join(lines), line[key.end_mark.column :].partition(':')[2].strip()


def _add_section(text: str, sections: Sequence[str], line: str, path: str) -> str:
    """The text with an option in a section that has no content yet, or is not there.

    Raises:
        OptionError: a section inside another one, or one that is no section.
    """
    if len(sections) != 1:
        raise OptionError(phrase('edit-no-section'), path, option='.'.join(sections))
    found = [pair for pair in pairs_of(compose(text)) if pair[0].value == sections[0]]
    if not found:
        return append_lines(text, f'{sections[0]}:', INDENT + line)
    key, value = found[0][0], found[-1][1]
    if not isinstance(value, yaml.ScalarNode) or value.tag != 'tag:yaml.org,2002:null':
        raise OptionError(phrase('edit-no-section'), path, option=sections[0])
    text = text[: value.start_mark.index] + text[value.end_mark.index :]  # the ~ of a blank section
    return insert_line(text, key.end_mark.index, INDENT + line)


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
    end = node.end_mark.index
    if mapping.flow_style:
        return f'{text[:end]}, {name}: {value}{text[end:]}'
    if not isinstance(node, yaml.ScalarNode):  # it ends where the next key begins
        end = max(end - 1, key.end_mark.index)
    return insert_line(text, end, f'{" " * key.start_mark.column}{name}: {value}')


def _neighbour(mapping: yaml.MappingNode, name: str) -> Tuple[yaml.Node, yaml.Node]:
    """The option to stand behind: the one for the same network, else the last."""
    suffix = name.rsplit('_', 1)[-1]
    same = [pair for pair in mapping.value if str(pair[0].value) == f'pretrain_network_{suffix}']
    key, node = (same or mapping.value)[-1]
    return key, node
