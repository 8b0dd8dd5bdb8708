"""All rules, found in the folders of the families, and what their findings say."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from basicsr_weightcheck.found import classes_in
from basicsr_weightcheck.messages.lookup import clean, facts_said, said
from basicsr_weightcheck.records.findings import Finding
from basicsr_weightcheck.rules.rule import FAMILIES, Rule

# Not __package__: empty in an archive before Python 3.10.
ROOM = __name__.rpartition('.')[0]


_FOUND = (kind for family in FAMILIES for kind in classes_in(f'{ROOM}.{family}', Rule))
RULES: Tuple[Rule, ...] = tuple(sorted((kind() for kind in _FOUND), key=lambda one: one.code))
_BY_CODE = {rule.code: rule for rule in RULES}


def find_rule(text: str) -> Optional[Rule]:
    """The rule of this code or name, None when there is none."""
    for one in RULES:
        if text.upper() == one.code or text.lower() == one.name:
            return one
    return None


def title_of(code: str, lang: str) -> str:
    """This rule in a few words. Raises KeyError for an unknown code, ValueError for a language."""
    return _BY_CODE[code].said('title', lang)


def message(finding: Finding, lang: str) -> str:
    """What was found, in one or two sentences."""
    return _filled(finding, 'text', lang)


def what_to_do(finding: Finding, lang: str) -> str:
    return _filled(finding, 'do', lang)


def parameters(finding: Finding, lang: str) -> Dict[str, str]:
    """The facts of a finding as its sentence tells them, by name, in the user's language."""
    own = _BY_CODE[finding.code].words
    values = facts_said(finding.parameters, lang, own)
    # One may itself be the key of a label, 'label:is-file', whose words may name others.
    labels = {name: text[6:] for name, text in values.items() if text.startswith('label:')}
    return {**values, **{name: said(key, lang, values, own) for name, key in labels.items()}}


def _filled(finding: Finding, key: str, lang: str) -> str:
    own = _BY_CODE[finding.code].words
    return clean(said(key, lang, parameters(finding, lang), own))
