"""Rules as JSON, format basicsr-weightcheck.rules/1 (schema in docs/schemas)."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Sequence

from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.rules.catalog import sentence
from basicsr_weightcheck.rules.document import document
from basicsr_weightcheck.rules.rule import Rule
from basicsr_weightcheck.version import __version__


def render_rules(rules: Sequence[Rule], lang: str) -> str:
    """Every rule with its sentence and its documentation, in the order given."""
    return dumped(
        {
            'format': 'basicsr-weightcheck.rules/1',
            'tool_version': __version__,
            'language': lang,
            'rules': [_rule(rule, lang) for rule in rules],
        }
    )


def _rule(rule: Rule, lang: str) -> Dict[str, Any]:
    words = sentence(rule.code, lang)
    return {
        'code': rule.code,
        'name': rule.name,
        'family': rule.family,
        'severity': rule.severity,
        'scope': rule.scope,
        'explains': list(rule.explains),
        'title': words.title,
        'text': words.text,
        'do': words.do,
        'documentation': dataclasses.asdict(document(rule, lang)),
    }
