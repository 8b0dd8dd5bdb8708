"""YAML nodes of a rule file, each with its line: what is wrong can be pointed at."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Dict, List, Tuple

import yaml

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.phrases import Plain

# Few digits: Fraction('1e999999999') would compute for hours.
_NUMBER = re.compile(r'[0-9]{1,9}(/0*[1-9][0-9]{0,8}|\.[0-9]{1,9})?')


def compose(text: str, path: str) -> Any:
    """The root node of a YAML text, None for an empty one; nothing is constructed.

    Raises:
        UsageError: it is no YAML.
    """
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, 'problem_mark', None)
        problem = getattr(error, 'problem', None) or str(error).split('\n')[0]
        line = mark.line + 1 if mark is not None else 0
        raise UsageError(phrase('rules-no-yaml', reason=problem), path=path, line=line) from error


def wrong(node: Any, path: str, code: str, /, **facts: Plain) -> UsageError:
    """The error to raise for a node: `code` of the messages and the facts for its places."""
    return UsageError(phrase(code, **facts), path=path, line=node.start_mark.line + 1)


def pairs(node: Any, path: str, what: str) -> List[Tuple[Any, Any]]:
    """(key node, value node) of a mapping.

    Raises:
        UsageError: it is no mapping, a key is no text or stands there twice.
    """
    if not isinstance(node, yaml.MappingNode):
        raise wrong(node, path, 'rule-no-mapping', place=what)
    seen = set()
    for key, _ in node.value:
        name = text(key, path, what)
        if name in seen:
            raise wrong(key, path, 'rule-twice', place=what, name=repr(name))
        seen.add(name)
    return list(node.value)


def fields(node: Any, path: str, what: str, names: Tuple[str, ...]) -> Dict[str, Any]:
    """{name: node} of a mapping that may have these names only.

    Raises:
        UsageError: as `pairs`, or there is another name.
    """
    found = {}
    for key, value in pairs(node, path, what):
        if key.value not in names:
            name = repr(key.value)
            raise wrong(key, path, 'rule-unknown-word', place=what, name=name, names=names)
        found[key.value] = value
    return found


def text(node: Any, path: str, what: str) -> str:
    """A text that is not empty.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        raise wrong(node, path, 'rule-no-text', place=what)
    return str(node.value)


def texts(node: Any, path: str, what: str) -> Tuple[str, ...]:
    """A list of texts.

    Raises:
        UsageError: it is none, or empty.
    """
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise wrong(node, path, 'rule-no-texts', place=what)
    return tuple(text(item, path, what) for item in node.value)


def number(node: Any, path: str, what: str) -> Fraction:
    """A number of at least 0: `2`, `0.5` or `1/3`.

    Raises:
        UsageError: it is none.
    """
    written = text(node, path, what)
    if not _NUMBER.fullmatch(written):
        raise wrong(node, path, 'rule-no-number', place=what, found=repr(written))
    return Fraction(written)
