"""What the rules say of themselves."""

from __future__ import annotations

import difflib
import json
from typing import Optional

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import label, language, sentence
from basicsr_weightcheck.rules.catalog import RULES, find_rule
from basicsr_weightcheck.rules.rule import Rule


def explain(code: str, lang: Optional[str] = None, output_format: str = 'text') -> str:
    """The documentation of one rule. Raises UsageError for an unknown one."""
    rule = find_rule(code)
    if rule is None:
        names = [name for one in RULES for name in (one.code, one.name)]
        near = difflib.get_close_matches(code, names, 1, 0.4)
        advice = f'Did you mean {near[0]}?' if near else '`rules` lists all of them.'
        raise UsageError(f'there is no rule {code!r}.', advice=advice)
    lang = language(lang)
    if output_format == 'json':
        return json.dumps(_document(rule, lang), indent=2, ensure_ascii=False)
    words = sentence(rule.code, lang)
    head = f'{rule.code} {rule.name} [{label(rule.severity, lang)}] {words.title}'
    return '\n\n'.join([head, words.text, f'→ {words.do}', rule.documentation])


def list_rules(lang: Optional[str] = None, output_format: str = 'text') -> str:
    """One line for each rule, in the order of the codes."""
    lang = language(lang)
    if output_format == 'json':
        return json.dumps(
            {
                'format': 'basicsr-weightcheck.rules/1',
                'rules': [_document(rule, lang) for rule in RULES],
            },
            indent=2,
            ensure_ascii=False,
        )
    return '\n'.join(
        f'{rule.code}  {rule.severity:<8} {rule.name:<26} {sentence(rule.code, lang).title}'
        for rule in RULES
    )


def _document(rule: Rule, lang: str) -> dict[str, str]:
    words = sentence(rule.code, lang)
    return {
        'code': rule.code,
        'name': rule.name,
        'severity': rule.severity,
        'title': words.title,
        'text': words.text,
        'do': words.do,
        'documentation': rule.documentation,
    }
