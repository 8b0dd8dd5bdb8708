"""Rules as JSON, format basicsr-weightcheck.rules/1 (schema in docs/schemas)."""

from __future__ import annotations

import dataclasses
from typing import Sequence

from basicsr_weightcheck.messages.lookup import sentence
from basicsr_weightcheck.report.json_text import Json, dumped, headed, picked
from basicsr_weightcheck.rules.document import document, family
from basicsr_weightcheck.rules.rule import Rule


def render_rules(rules: Sequence[Rule], lang: str) -> str:
    """Every rule with its sentence and its documentation, in the order given."""
    return dumped(headed('rules/1', language=lang, rules=[_rule(rule, lang) for rule in rules]))


def _rule(rule: Rule, lang: str) -> Json:
    return {
        **picked(rule, 'code', 'name'),
        'family': family(rule),
        **picked(rule, 'severity', 'scope', 'explains'),
        **picked(sentence(rule.code, lang), 'title', 'text', 'do'),
        'documentation': dataclasses.asdict(document(rule, lang)),
    }
