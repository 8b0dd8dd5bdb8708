"""Rules by code or name, and the documentation of each as a record."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import Dict, Sequence, Tuple

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.rules.catalog import RULES, find_rule
from basicsr_weightcheck.rules.rule import Rule

# Sections after the first paragraph, in their order: heading in a docstring, field of the record.
SECTIONS = (
    ('Why it matters', 'why'),
    ('Evidence', 'evidence'),
    ('False alarms', 'false_alarms'),
    ('What to do', 'do'),
    ('Source', 'source'),
)
OPTIONAL = 'What to do'  # written where it is more than the advice of a finding
OWN_TESTS = 'own tests'
_HEADING = re.compile(f'^ *({"|".join(heading for heading, _ in SECTIONS)}):', re.M)
# An address, with what is said of it in brackets; punctuation after it is not part of it.
_LINK = re.compile(r'(https?://[^\s,;]*[^\s,;.)](?: \([^)]*\))?)')


@dataclass(frozen=True)
class RuleDocument:
    """What a rule says of itself.

    Attributes:
        finds: what it finds, one sentence; that of a finding where it says it all.
        why: why it matters.
        evidence: links, each perhaps with a note in brackets, and texts such as 'own tests'.
        false_alarms: when it fires although nothing is wrong.
        do: what to do, in general; the advice of a finding where that says it all.
        source: file and function of the framework whose behaviour the rule knows.
    """

    finds: str
    why: str
    evidence: Tuple[str, ...]
    false_alarms: str
    do: str
    source: str


def document(rule: Rule, lang: str) -> RuleDocument:
    """The documentation of a rule; evidence and source are the same in every language.

    Raises:
        UsageError: Python was started with -OO, which drops all docstrings.
    """
    text = type(rule).__doc__
    if not text:
        raise UsageError(phrase('no-documentation'), advice=phrase('no-documentation-do'))
    english = parse(text)
    found = english if lang == 'en' else replace(english, **getattr(rule, lang)._asdict())
    finds, do = found.finds or rule.said('text', lang), found.do or rule.said('do', lang)
    return replace(found, finds=finds, do=do)


def parse(text: str) -> RuleDocument:
    """The record of a docstring in the form that rules/README.md describes.

    Raises:
        ValueError: a section is missing, empty, written twice or not in its place.
    """
    first, *rest = _HEADING.split(text)
    bodies = dict(zip(rest[::2], map(_one_line, rest[1::2])))
    expected = [heading for heading, _ in SECTIONS if heading != OPTIONAL or heading in bodies]
    if rest[::2] != expected:
        raise ValueError(f'expected the sections {expected}, found {rest[::2]}')
    empty = [heading for heading, body in {'': _one_line(first), **bodies}.items() if not body]
    if empty:
        raise ValueError(f'nothing stands in {empty}')
    fields: Dict[str, str] = {name: bodies.get(heading, '') for heading, name in SECTIONS}
    fields['finds'] = _one_line(first)
    evidence = _evidence(fields.pop('evidence'))
    return RuleDocument(evidence=evidence, **fields)


def _one_line(text: str) -> str:
    return ' '.join(text.split())


def _evidence(text: str) -> Tuple[str, ...]:
    parts = [part.strip(' ,;.·') for part in _LINK.split(text)]
    return tuple(part for part in parts if part not in ('', 'and', '(', ')'))


# Which rules are meant.


def find_rules(names: Sequence[str]) -> Tuple[Rule, ...]:
    """The rules of these codes or names, in the order given, each once.

    Raises:
        UsageError: one of them is unknown; names the nearest.
    """
    return tuple(dict.fromkeys(_find(name) for name in names))


def _find(text: str) -> Rule:
    rule = find_rule(text)
    if rule is not None:
        return rule
    codes = [one.code for one in RULES]
    near = difflib.get_close_matches(text.upper(), codes, 1, 0.6)
    near = near or difflib.get_close_matches(text.lower(), [one.name for one in RULES], 1, 0.4)
    advice = phrase('no-rule-near', nearest=near[0]) if near else phrase('no-rule-do')
    raise UsageError(phrase('no-rule', name=repr(text)), advice=advice)
