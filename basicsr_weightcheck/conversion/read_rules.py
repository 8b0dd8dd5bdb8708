"""Read rule files: those that come with the package by name, others by path."""

from __future__ import annotations

import os
from fractions import Fraction
from functools import lru_cache
from typing import Any, Tuple

import yaml

from basicsr_weightcheck.conversion.key_pattern import KeyPattern
from basicsr_weightcheck.conversion.rule_nodes import (
    compose,
    fields,
    number,
    pairs,
    text,
    texts,
    wrong,
)
from basicsr_weightcheck.conversion.rule_set import ConcatRule, Cut, RenameRule, RuleSet, Target
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase, system_reason

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'shipped')
ENDING = '.yml'
MOST_BYTES = 1 << 20  # a rule file has a few lines
_SECTIONS = ('about', 'lossless', 'prefixes', 'rename', 'concat')


def shipped_names() -> Tuple[str, ...]:
    """Names of the rule files that come with the package, in alphabetical order."""
    names = (name for name in os.listdir(FOLDER) if name.endswith(ENDING))
    return tuple(sorted(name[: -len(ENDING)] for name in names))


@lru_cache(maxsize=None)
def shipped(name: str) -> RuleSet:
    """One of them."""
    return _read(os.path.join(FOLDER, name + ENDING), name)


def find_rules(name: str) -> RuleSet:
    """The rules of a shipped name, else of a file.

    Raises:
        UsageError: there is neither, or the file is no rule file; its line is named.
    """
    if name in shipped_names():
        return shipped(name)
    if not os.path.isfile(name):
        what = phrase('no-rules', name=repr(name))
        raise UsageError(what, advice=phrase('no-rules-do', names=shipped_names()))
    return _read(name, name)


def _read(path: str, name: str) -> RuleSet:
    try:
        with open(path, encoding='utf-8') as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        what = phrase('cannot-be-read', reason=system_reason(error))
        raise UsageError(what, path=path) from error
    except UnicodeDecodeError as error:
        raise UsageError(phrase('rules-not-utf8'), path=path) from error
    if len(content) > MOST_BYTES:
        raise UsageError(phrase('rules-too-long', limit=str(MOST_BYTES)), path=path)
    root = compose(content, path)
    if root is None:
        raise UsageError(phrase('rules-empty'), path=path, line=1)
    return _rule_set(root, path, name)


def _rule_set(root: Any, path: str, name: str) -> RuleSet:
    found = fields(root, path, phrase('rule-file'), _SECTIONS)
    if not {'prefixes', 'rename', 'concat'} & set(found):
        raise wrong(root, path, 'rule-file-nothing')
    about = text(found['about'], path, 'about') if 'about' in found else ''
    lossless = 'lossless' in found and text(found['lossless'], path, 'lossless') == 'true'
    prefixes = texts(found['prefixes'], path, 'prefixes') if 'prefixes' in found else ()
    renames = pairs(found['rename'], path, 'rename') if 'rename' in found else []
    concats = pairs(found['concat'], path, 'concat') if 'concat' in found else []
    return RuleSet(
        name,
        about,
        lossless,
        prefixes,
        tuple(_rename(old, new, path) for old, new in renames),
        tuple(_concat(new, parts, path) for new, parts in concats),
    )


def _rename(old: Any, new: Any, path: str) -> RenameRule:
    pattern = KeyPattern(old.value)
    nodes = new.value if isinstance(new, yaml.SequenceNode) else [new]
    if not nodes:
        raise wrong(new, path, 'rule-no-new-name', place=f'rename {old.value}')
    return RenameRule(pattern, tuple(_target(node, pattern, path) for node in nodes))


def _target(node: Any, old: KeyPattern, path: str) -> Target:
    what = f'rename {old.text}'
    if isinstance(node, yaml.ScalarNode):
        return Target(_filled_from(node, old, path, what))
    found = fields(node, path, what, ('to', 'slice'))
    if 'to' not in found:
        raise wrong(node, path, 'rule-word-missing', place=what, word='to')
    name = _filled_from(found['to'], old, path, what)
    return Target(name, _cut(found['slice'], path) if 'slice' in found else None)


def _cut(node: Any, path: str) -> Cut:
    found = fields(node, path, 'slice', ('dim', 'start', 'stop'))
    start = number(found['start'], path, 'start') if 'start' in found else Fraction(0)
    stop = number(found['stop'], path, 'stop') if 'stop' in found else None
    if stop is not None and stop <= start:
        raise wrong(node, path, 'slice-order')
    cut = Cut(_dim(found, path), start, stop)
    if cut.in_shares and (stop or start) > 1:
        raise wrong(node, path, 'slice-mixed')
    return cut


def _concat(new: Any, node: Any, path: str) -> ConcatRule:
    what = f'concat {new.value}'
    found = fields(node, path, what, ('dim', 'of'))
    if 'of' not in found:
        raise wrong(node, path, 'rule-word-missing', place=what, word='of')
    parts = tuple(KeyPattern(part) for part in texts(found['of'], path, what))
    name = _filled_from(new, parts[0], path, what)
    for part in parts:
        if part.places != parts[0].places:
            raise wrong(node, path, 'rule-other-places', place=what)
    return ConcatRule(name, _dim(found, path), parts)


def _dim(found: Any, path: str) -> int:
    if 'dim' not in found:
        return 0
    value = number(found['dim'], path, 'dim')
    if value.denominator != 1:
        raise wrong(found['dim'], path, 'rule-no-whole-number', place='dim')
    return value.numerator


def _filled_from(node: Any, old: KeyPattern, path: str, what: str) -> KeyPattern:
    pattern = KeyPattern(text(node, path, what))
    if not pattern.can_be_filled_from(old):
        raise wrong(node, path, 'rule-unfilled', place=what, new=pattern.text, old=old.text)
    return pattern
