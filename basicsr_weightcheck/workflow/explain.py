"""Which rules are meant."""

from __future__ import annotations

import difflib
from typing import Sequence, Tuple

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.rules.catalog import RULES, find_rule
from basicsr_weightcheck.rules.rule import Rule


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
