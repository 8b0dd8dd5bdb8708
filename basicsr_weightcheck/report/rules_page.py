"""The rules: the list of all, what one says of itself, and the same as JSON (rules-1)."""

from __future__ import annotations

import dataclasses
from string import Formatter
from typing import Iterator, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label, program
from basicsr_weightcheck.report.json_text import Json, headed, picked
from basicsr_weightcheck.report.page import Line, Page
from basicsr_weightcheck.report.table_names import aligned
from basicsr_weightcheck.rules.document import OWN_TESTS, document
from basicsr_weightcheck.rules.rule import FAMILIES, Rule

# Not wrapped: the columns would fall apart.
STYLES = {'error': 'bad verbatim', 'warning': 'warn verbatim', 'info': ' verbatim'}

OF_FINDINGS = ('title', 'text', 'do')
Sections = Iterator[Tuple[str, Tuple[str, ...]]]


def list_page(rules: Sequence[Rule], lang: str) -> Page:
    """A line for each rule below the heading of its family."""
    severities = aligned([label(rule.severity, lang) for rule in rules])
    names = aligned([rule.name for rule in rules])
    lines = [
        (rule.family, f'{rule.code}  {severity}  {name}  {rule.said("title", lang)}', rule)
        for rule, severity, name in zip(rules, severities, names)
    ]
    page = []
    for one in FAMILIES:
        page += [Line(''), Line(label(f'family-{one}', lang), 'title')]
        page += [Line(text, STYLES[rule.severity], 2) for its, text, rule in lines if its == one]
    return tuple(page[1:])


def rule_page(rule: Rule, lang: str) -> Page:
    """The documentation of one rule in the fixed form."""
    title, found, do = (rule.said(key, lang) for key in OF_FINDINGS)
    page = [
        Line(f'{rule.code} {rule.name} [{label(rule.severity, lang)}] {title}', 'title'),
        Line(''),
        Line(readable(found), '', 2),
        Line(f'→ {readable(do)}', '', 2),
    ]
    colon = label('doc-colon', lang)
    for heading, texts in sections(rule, lang):
        page += [Line(''), Line(heading + colon + (texts[0] if len(texts) == 1 else ''))]
        page += [Line(text, '', 2) for text in texts if len(texts) > 1]
    return tuple(page)


def readable(template: str) -> str:
    """A sentence whose open places are words: '{option}' becomes '<option>'."""
    names = {name: f'<{name}>' for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**{**names, 'program': program()})


def sections(rule: Rule, lang: str) -> Sections:
    """(heading, paragraphs) of the documentation, in its order. Raises UsageError with -OO."""
    own = label('own-tests', lang)
    stated = [rule.said(key, lang) for key in OF_FINDINGS]  # what stands with the finding
    for name, said in vars(document(rule, lang)).items():
        if said not in stated:
            texts = said if isinstance(said, tuple) else (said,)
            told = tuple(own if one == OWN_TESTS else one for one in texts)
            yield label(f'doc-{name}', lang), told
    if rule.explains:
        codes = ', '.join(rule.explains)
        yield label('doc-explains', lang), (label('doc-explains-text', lang, codes=codes),)


def rules_document(rules: Sequence[Rule], lang: str) -> Json:
    """Every rule with its sentence and documentation, in the order given; raises likewise."""
    return headed('rules/1', language=lang, rules=[_rule(rule, lang) for rule in rules])


def _rule(rule: Rule, lang: str) -> Json:
    return {
        **picked(rule, 'code', 'name'),
        'family': rule.family,
        **picked(rule, 'severity', 'scope', 'explains'),
        **{key: rule.said(key, lang) for key in OF_FINDINGS},
        'documentation': dataclasses.asdict(document(rule, lang)),
    }
