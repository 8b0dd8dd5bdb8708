"""A rule file: how it is read, and what it says once it is."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import yaml

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase, system_reason
from basicsr_weightcheck.records.phrases import Plain

# Patterns of names: `{}` a number, `{*2}` its double, `*` one part of a name, `**` any text.

_PLACE = re.compile(r'\{(?:\*([2-9]))?\}|\*\*|\*')
_REGEX = {'{}': r'(\d+)', '**': r'(.*)', '*': r'([^.]+)'}
MOST_DIGITS = 9  # of a number that is multiplied


@dataclass(frozen=True)
class KeyPattern:
    """One pattern. `places` are the kinds of its places in order; `{*2}` is of the kind `{}`."""

    text: str

    @property
    def places(self) -> Tuple[str, ...]:
        return tuple(_kind(place) for place in _PLACE.finditer(self.text))

    def fits(self, key: str) -> bool:
        """The name is one of those that the pattern stands for."""
        return self.match(key) is not None

    def match(self, key: str) -> Optional[Tuple[Tuple[str, str], ...]]:
        """(kind, text) of every place, None where the name does not fit.

        The text of `{*2}` is half of the number in the name, which has to be even.
        """
        found = _compiled(self.text).fullmatch(key)
        if found is None:
            return None
        values = []
        for place, text in zip(_PLACE.finditer(self.text), found.groups()):
            factor = _factor(place)
            if factor > 1:
                # Few digits: Python refuses to make a number of thousands, and takes long for many.
                if len(text) > MOST_DIGITS or int(text) % factor:
                    return None
                text = str(int(text) // factor)
            values.append((_kind(place), text))
        return tuple(values)

    def fill(self, values: Tuple[Tuple[str, str], ...]) -> str:
        """The name with its places filled, each kind in its own order."""
        waiting = {kind: [text for k, text in values if k == kind] for kind in _REGEX}

        def filled(place: re.Match[str]) -> str:
            text, factor = waiting[_kind(place)].pop(0), _factor(place)
            return str(int(text[:MOST_DIGITS]) * factor) if factor > 1 else text

        return _PLACE.sub(filled, self.text)

    def can_be_filled_from(self, other: KeyPattern) -> bool:
        """The other pattern has at least as many places of every kind."""
        return all(self.places.count(kind) <= other.places.count(kind) for kind in _REGEX)


def _kind(place: re.Match[str]) -> str:
    return '{}' if place.group().startswith('{') else place.group()


def _factor(place: re.Match[str]) -> int:
    return int(place.group(1) or 1)


@lru_cache(maxsize=256)
def _compiled(text: str) -> re.Pattern[str]:
    parts: List[str] = []
    at = 0
    for place in _PLACE.finditer(text):
        parts += [re.escape(text[at : place.start()]), _REGEX[_kind(place)]]
        at = place.end()
    # DOTALL: a name may hold a line break, and still is one name.
    return re.compile(''.join(parts) + re.escape(text[at:]), re.DOTALL)


@dataclass(frozen=True)
class Slice:
    """A part of a tensor along `dim`, in elements or in shares of its size.

    They are shares where `start` or `stop` lies between 0 and 1: [1/3, 1] is all but the first
    third, [1, 3] is the second and the third element. `stop` None is the end.
    """

    dim: int
    start: Fraction
    stop: Optional[Fraction]

    @property
    def in_shares(self) -> bool:
        return any(value is not None and 0 < value < 1 for value in (self.start, self.stop))

    def bounds(self, size: int) -> Optional[Tuple[int, int]]:
        """(first, end) in elements; None where a dimension of this size has no such part."""
        scale = size if self.in_shares else 1
        first = self.start * scale
        end = self.stop * scale if self.stop is not None else Fraction(size)
        if first.denominator != 1 or end.denominator != 1 or not first < end <= size:
            return None
        return first.numerator, end.numerator


@dataclass(frozen=True)
class Target:
    """One new name of a rule, and the part of the tensor that it gets (None: all of it)."""

    name: KeyPattern
    cut: Optional[Slice] = None


@dataclass(frozen=True)
class RenameRule:
    """`old: new`, or one old name with several targets."""

    old: KeyPattern
    targets: Tuple[Target, ...]


@dataclass(frozen=True)
class ConcatRule:
    """`new: {dim, of: [old, ...]}`: several tensors joined to one."""

    new: KeyPattern
    dim: int
    of: Tuple[KeyPattern, ...]


@dataclass(frozen=True)
class RuleSet:
    """One rule file.

    Attributes:
        name: 'esrgan-old', or the path as given.
        lossless: every tensor keeps all of its values: a renaming, nothing more.
        prefixes: wrappers whose names are taken off, in any order and number.
        renames, concats: in file order; the first that matches a name wins.
    """

    name: str
    lossless: bool = False
    prefixes: Tuple[str, ...] = ()
    renames: Tuple[RenameRule, ...] = ()
    concats: Tuple[ConcatRule, ...] = ()

    def concerns(self, key: str) -> bool:
        """It renames such a name."""
        return any(rule.old.fits(key) for rule in self.renames)


# Read rule files: those that come with the package by name, others by path.
#
# They are read as YAML nodes, so that every error can point at its line.

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'shipped')
ENDING = '.yml'
MOST_BYTES = 1 << 20  # a rule file has a few lines
_SECTIONS = ('about', 'lossless', 'prefixes', 'rename', 'concat')
# Few digits: Fraction('1e999999999') would compute for hours.
_NUMBER = re.compile(r'[0-9]{1,9}(/0*[1-9][0-9]{0,8}|\.[0-9]{1,9})?')


def shipped_names() -> Tuple[str, ...]:
    """Names of the rule files that come with the package, in alphabetical order."""
    names = (name for name in os.listdir(FOLDER) if name.endswith(ENDING))
    return tuple(sorted(name[: -len(ENDING)] for name in names))


@lru_cache(maxsize=None)
def shipped(name: str) -> RuleSet:
    """One of them; raises as `find_rules`."""
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
    return _rule_set(root, name)


def _rule_set(root: RuleNode, name: str) -> RuleSet:
    found = root.fields(_SECTIONS)
    if found.keys().isdisjoint(('prefixes', 'rename', 'concat')):
        raise root.wrong('rule-file-nothing')
    if 'about' in found:
        found['about'].text()  # what it is for: read by people only
    renames, concats = (
        found[name].pairs() if name in found else [] for name in ('rename', 'concat')
    )
    return RuleSet(
        name,
        lossless='lossless' in found and found['lossless'].text() == 'true',
        prefixes=found['prefixes'].texts() if 'prefixes' in found else (),
        renames=tuple(_rename(old, new) for old, new in renames),
        concats=tuple(_concat(new, parts) for new, parts in concats),
    )


def _rename(old: RuleNode, new: RuleNode) -> RenameRule:
    pattern = KeyPattern(old.node.value)
    new = new._replace(place=f'rename {pattern.text}')
    several = isinstance(new.node, yaml.SequenceNode)
    nodes = [new._replace(node=node) for node in new.node.value] if several else [new]
    if not nodes:
        raise new.wrong('rule-no-new-name', place=new.place)
    return RenameRule(pattern, tuple(_target(node, pattern) for node in nodes))


def _target(node: RuleNode, old: KeyPattern) -> Target:
    if isinstance(node.node, yaml.ScalarNode):
        return Target(_filled_from(node, old))
    found = node.fields(('to', 'slice'), needed='to')
    name = _filled_from(found['to']._replace(place=node.place), old)
    return Target(name, _cut(found['slice']) if 'slice' in found else None)


def _cut(node: RuleNode) -> Slice:
    found = node.fields(('dim', 'start', 'stop'))
    start = found['start'].number() if 'start' in found else Fraction(0)
    stop = found['stop'].number() if 'stop' in found else None
    if stop is not None and stop <= start:
        raise node.wrong('slice-order')
    cut = Slice(_dim(found), start, stop)
    if cut.in_shares and (stop or start) > 1:
        raise node.wrong('slice-mixed')
    return cut


def _concat(new: RuleNode, node: RuleNode) -> ConcatRule:
    node = node._replace(place=f'concat {new.node.value}')
    found = node.fields(('dim', 'of'), needed='of')
    parts = tuple(map(KeyPattern, found['of']._replace(place=node.place).texts()))
    name = _filled_from(new._replace(place=node.place), parts[0])
    if any(part.places != parts[0].places for part in parts):
        raise node.wrong('rule-other-places', place=node.place)
    return ConcatRule(name, _dim(found), parts)


def _dim(found: Dict[str, RuleNode]) -> int:
    value = found['dim'].number() if 'dim' in found else Fraction(0)
    if value.denominator != 1:
        raise found['dim'].wrong('rule-no-whole-number', place='dim')
    return value.numerator


def _filled_from(node: RuleNode, old: KeyPattern) -> KeyPattern:
    pattern = KeyPattern(node.text())
    if not pattern.can_be_filled_from(old):
        raise node.wrong('rule-unfilled', place=node.place, new=pattern.text, old=old.text)
    return pattern


class RuleNode(NamedTuple):
    """One node. Nothing is constructed from it: its texts are read as they are written.

    Attributes:
        node: of PyYAML.
        place: what messages call it: 'slice', 'rename *.weight'.
    """

    node: Any
    path: str
    place: str

    def wrong(self, code: str, /, **facts: Plain) -> UsageError:
        """The error to raise for it: `code` of the messages and the facts for its places."""
        return UsageError(phrase(code, **facts), path=self.path, line=self.node.start_mark.line + 1)

    def pairs(self) -> List[Tuple[RuleNode, RuleNode]]:
        """(key, value) of a mapping; the value's place is the key's text.

        Raises:
            UsageError: it is no mapping, a key is no text or stands there twice.
        """
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong('rule-no-mapping', place=self.place)
        found: Dict[str, Tuple[RuleNode, RuleNode]] = {}
        for key_node, value in self.node.value:
            key = self._replace(node=key_node)
            name = key.text()
            if name in found:
                raise key.wrong('rule-twice', place=self.place, name=repr(name))
            found[name] = key, RuleNode(value, self.path, name)
        return list(found.values())

    def fields(self, names: Tuple[str, ...], needed: str = '') -> Dict[str, RuleNode]:
        """{name: node} of a mapping that may have these names only, and has to have one.

        Raises:
            UsageError: as `pairs`, or there is another name, or the one is missing.
        """
        pairs = self.pairs()
        for key, _ in pairs:
            if key.node.value not in names:
                name = repr(key.node.value)
                raise key.wrong('rule-unknown-word', place=self.place, name=name, names=names)
        found = {value.place: value for _, value in pairs}
        if needed and needed not in found:
            raise self.wrong('rule-word-missing', place=self.place, word=needed)
        return found

    def text(self) -> str:
        """A text that is not empty.

        Raises:
            UsageError: it is none.
        """
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value:
            raise self.wrong('rule-no-text', place=self.place)
        return str(self.node.value)

    def texts(self) -> Tuple[str, ...]:
        """A list of texts.

        Raises:
            UsageError: it is none, or empty.
        """
        if not isinstance(self.node, yaml.SequenceNode) or not self.node.value:
            raise self.wrong('rule-no-texts', place=self.place)
        return tuple(self._replace(node=item).text() for item in self.node.value)

    def number(self) -> Fraction:
        """A number of at least 0: `2`, `0.5` or `1/3`.

        Raises:
            UsageError: it is none.
        """
        written = self.text()
        if not _NUMBER.fullmatch(written):
            raise self.wrong('rule-no-number', place=self.place, found=repr(written))
        return Fraction(written)


def compose(text: str, path: str) -> Optional[RuleNode]:
    """The root of a YAML text, None for an empty one.

    Raises:
        UsageError: it is no YAML.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, 'problem_mark', None)
        problem = getattr(error, 'problem', None) or str(error).split('\n')[0]
        line = mark.line + 1 if mark is not None else 0
        raise UsageError(phrase('rules-no-yaml', reason=problem), path=path, line=line) from error
    return None if root is None else RuleNode(root, path, phrase('rule-file'))
