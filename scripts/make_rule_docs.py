#!/usr/bin/env python3
"""Write docs/rules.md and docs/rules_CN.md from the rules themselves.

A test fails while one of them is not what this makes. No torch is needed. Texts of this project are
written as they are: `code` and links stay what they are in Markdown.

    python scripts/make_rule_docs.py
"""

from __future__ import annotations

import os
import re
import sys
from typing import List, Sequence

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir)
sys.path.insert(0, ROOT)

from basicsr_weightcheck.messages.lookup import label  # noqa: E402 - see above
from basicsr_weightcheck.report.rules_page import OF_FINDINGS, sections  # noqa: E402
from basicsr_weightcheck.rules.catalog import RULES  # noqa: E402
from basicsr_weightcheck.rules.rule import FAMILIES, Rule  # noqa: E402

PAGES = {'rules.md': 'en', 'rules_CN.md': 'zh'}
_KEPT = re.compile(r'(`[^`]*`|https?://[^\s，。；]+)')
_THREAD = re.compile(r'https://github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)')
PROGRAM = 'python -m basicsr_weightcheck'  # the same wherever the page is made
_PLACE = re.compile(r'(\{\w+\})')
_SPECIAL = re.compile(r'([\\*<>\[\]|~#]|(?<![^\W_])_|_(?![^\W_]))')  # not the _ inside a name


def main() -> int:
    for name, lang in PAGES.items():
        path = os.path.normpath(os.path.join(ROOT, 'docs', name))
        with open(path, 'w', encoding='utf-8', newline='\n') as file:
            file.write(render_rules_page(RULES, lang))
        print(f'written: {os.path.relpath(path)}')
    return 0


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
        f'| {label(rule.severity, lang)} | {_escaped(rule.said("title", lang))} |'
        for rule in rules
    ]
    return [label('doc-head', lang), '| --- | --- | --- | --- |', *rows]


def _rule(rule: Rule, lang: str) -> str:
    colon = label('doc-colon', lang)
    title, found, do = (_escaped(rule.said(key, lang)) for key in OF_FINDINGS)
    head = f'**{label(rule.severity, lang)}**{colon}{title}'
    says = f'{found} → {do}'.replace('`{program}`', PROGRAM)
    points = [f'- **{label("doc-says", lang)}**{colon}{says}']
    points += [
        f'- **{heading}**{colon}' + label('doc-and', lang).join(map(_escaped, texts))
        for heading, texts in sections(rule, lang)
    ]
    return '\n\n'.join([f'### {rule.code} {rule.name}', head, '\n'.join(points)])


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


if __name__ == '__main__':
    sys.exit(main())
