"""From findings and keys to sentences; picks the language, cleans what comes from files."""

from __future__ import annotations

import locale
import os
from typing import TYPE_CHECKING, Any, Dict, Optional

from basicsr_weightcheck.messages import (
    compare_en,
    compare_zh,
    findings_en,
    findings_zh,
    html_en,
    html_zh,
    inspect_en,
    inspect_zh,
    labels_en,
    labels_zh,
    rules_en,
    rules_zh,
)
from basicsr_weightcheck.messages.numbers import shown
from basicsr_weightcheck.messages.sentence import Sentence

if TYPE_CHECKING:
    from basicsr_weightcheck.records.findings import Finding

LANGUAGES = ('en', 'zh')
_SENTENCES: Dict[str, Dict[str, Sentence]] = {
    'en': findings_en.FINDINGS,
    'zh': findings_zh.FINDINGS,
}
_LABELS: Dict[str, Dict[str, str]] = {
    'en': {
        **labels_en.LABELS,
        **compare_en.LABELS,
        **inspect_en.LABELS,
        **rules_en.LABELS,
        **html_en.LABELS,
    },
    'zh': {
        **labels_zh.LABELS,
        **compare_zh.LABELS,
        **inspect_zh.LABELS,
        **rules_zh.LABELS,
        **html_zh.LABELS,
    },
}


def language(asked: Optional[str]) -> str:
    """'en' or 'zh': the option, then WEIGHTCHECK_LANG, then the locale, then English."""
    for value in (asked, os.environ.get('WEIGHTCHECK_LANG')):
        if value and value[:2].lower() in LANGUAGES:
            return value[:2].lower()
    for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'):
        if os.environ.get(name):
            return 'zh' if os.environ[name].lower().startswith('zh') else 'en'
    return 'zh' if str(locale.getlocale()[0] or '').lower().startswith('zh') else 'en'


def label(key: str, lang: str, /, **values: Any) -> str:
    """A fixed word or phrase of the reports. Raises KeyError for an unknown key."""
    return _LABELS[lang][key].format(**values)


def sentence(code: str, lang: str) -> Sentence:
    """The words of one rule, with open places. Raises KeyError for an unknown code."""
    return _SENTENCES[lang][code]


def message(finding: Finding, lang: str) -> str:
    """What was found, in one or two sentences."""
    return clean(_filled(sentence(finding.code, lang).text, finding, lang))


def what_to_do(finding: Finding, lang: str) -> str:
    """What to do about it."""
    return clean(_filled(sentence(finding.code, lang).do, finding, lang))


def clean(text: str) -> str:
    """Text of files without what could steer a terminal: control characters become visible."""
    return ''.join(c if c.isprintable() or c == '\n' else c.encode('unicode_escape').decode()
                   for c in text)  # fmt: skip


def _filled(template: str, finding: Finding, lang: str) -> str:
    values: Dict[str, str] = {}
    for name, value in finding.parameters:
        text = shown(value)
        # A parameter may itself be a key of the labels: 'label:is-file'.
        values[name] = label(text[6:], lang) if text.startswith('label:') else text
    return template.format(**values)
