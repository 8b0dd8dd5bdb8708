"""The page of all rules in docs/, as Markdown; made by scripts/make_rule_docs.py.

Texts of this project are written as they are: `code` and links stay what they are in Markdown.
"""

from __future__ import annotations

import re
from typing import List, Sequence

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.report.rules_page import sections
from basicsr_weightcheck.rules.catalog import sentence
from basicsr_weightcheck.rules.rule import FAMILIES, Rule

_KEPT = re.compile(r'(`[^`]*`|https?://[^\s，。；]+)')
_THREAD = re.compile(r'https://github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)')
PROGRAM = 'python -m basicsr_weightcheck'  # the same wherever the page is made
_PLACE = re.compile(r'(\{\w+\})')
_SPECIAL = re.compile(r'([\\*<>\[\]|~#]|(?<![^\W_])_|_(?![^\W_]))')  # not the _ inside a name


def render_rules_page(rules: Sequence[Rule], lang: str) -> str:
    """An overview whose codes lead to the documentation of each rule below it."""
    parts = [f'# {label("doc-title", lang)}', label('doc-language', lang)]
    parts += [label('doc-intro', lang, place='{place}'), label('doc-made', lang)]
    parts += [f'## {label("doc-overview", lang)}', '\n'.join(_overview(rules, lang))]
    for one in FAMILIES:
        members = [rule for rule in rules if rule.family == one]
        parts += [f'## {label(f"family-{one}", lang)}'] if members else []
        parts += [_rule(rule, lang) for rule in members]
    return '\n\n'.join(parts) + '\n'


def _overview(rules: Sequence[Rule], lang: str) -> List[str]:
    rows = [
        f'| [{rule.code}](#{rule.code.lower()}-{rule.name}) | {rule.name} '
        f'| {label(rule.severity, lang)} | {_escaped(sentence(rule.code, lang).title)} |'
        for rule in rules
    ]
    return [label('doc-head', lang), '| --- | --- | --- | --- |', *rows]


def _rule(rule: Rule, lang: str) -> str:
    words, colon = sentence(rule.code, lang), label('doc-colon', lang)
    title = f'**{label(rule.severity, lang)}**{colon}{_escaped(words.title)}'
    says = f'{_escaped(words.text)} → {_escaped(words.do)}'.replace('`{program}`', PROGRAM)
    points = [f'- **{label("doc-says", lang)}**{colon}{says}']
    points += [
        f'- **{heading}**{colon}' + label('doc-and', lang).join(map(_escaped, texts))
        for heading, texts in sections(rule, lang)
    ]
    return '\n\n'.join([f'### {rule.code} {rule.name}', title, '\n'.join(points)])


def _escaped(text: str) -> str:
    """Text with what Markdown would take for markup escaped; places of sentences become code."""
    return ''.join(
        _kept(part) if index % 2 else _PLACE.sub(r'`\1`', _SPECIAL.sub(r'\\\1', part))
        for index, part in enumerate(_KEPT.split(text))
    )


def _kept(part: str) -> str:
    thread = _THREAD.fullmatch(part)
    if thread is not None:
        return f'[{thread.group(1)}#{thread.group(2)}]({part})'
    return part if part.startswith('`') else f'<{part}>'
