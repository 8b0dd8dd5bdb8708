"""Parse a training YAML as BasicSR would, with the line of every option."""

from __future__ import annotations

import yaml

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.yaml_faults import invisible_in_name, syntax_error, too_much
from basicsr_weightcheck.plan.yaml_limits import TooMuch
from basicsr_weightcheck.plan.yaml_nodes import (
    compose,
    construct,
    locate,
    name_with_invisible,
    nul_line,
)
from basicsr_weightcheck.records.plans import OptionFile

# What PyYAML lets out where a tag and its value do not fit: '!!float', '!!bool x', '!!timestamp x'.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def parse_merging_yaml(text: str, path: str) -> OptionFile:
    """The same as PyYAML's safe loader reads them: `<<` merges, its options have no line."""
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
