"""From findings and keys to sentences; picks the language, cleans what comes from files."""

from __future__ import annotations

import errno
import os
import sys
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Dict, Optional

from basicsr_weightcheck.messages.numbers import shown
from basicsr_weightcheck.records.phrases import Phrase

if TYPE_CHECKING:
    from basicsr_weightcheck.errors import WeightCheckError
    from basicsr_weightcheck.messages.sentence import Sentence
    from basicsr_weightcheck.records.findings import Finding
    from basicsr_weightcheck.records.phrases import Plain

LANGUAGES = ('en', 'zh')


@lru_cache(maxsize=None)
def _words(lang: str) -> ModuleType:
    """Imported on use: a run speaks one language, seldom two. Raises KeyError for an unknown one."""
    if lang == 'en':
        from basicsr_weightcheck.messages import all_en

        return all_en
    if lang == 'zh':
        from basicsr_weightcheck.messages import all_zh

        return all_zh
    raise KeyError(lang)


def language(asked: Optional[str]) -> str:
    """'en' or 'zh': the option, then WEIGHTCHECK_LANG, then the locale, then English.

    Only the option gives Chinese where the output's encoding has no Chinese characters (cp1252).
    """
    if asked and asked[:2].lower() in LANGUAGES:
        return asked[:2].lower()
    return 'zh' if _wished() == 'zh' and _can_show_chinese() else 'en'


def _can_show_chinese() -> bool:
    try:
        '权重'.encode(getattr(sys.stdout, 'encoding', None) or 'utf-8')
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _wished() -> str:
    value = os.environ.get('WEIGHTCHECK_LANG', '')[:2].lower()
    if value in LANGUAGES:
        return value
    for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'):
        if os.environ.get(name):
            return 'zh' if os.environ[name].lower().startswith('zh') else 'en'
    import locale  # slow to import, and not often needed

    return 'zh' if str(locale.getlocale()[0] or '').lower().startswith('zh') else 'en'


def label(key: str, lang: str, /, **values: Any) -> str:
    """A fixed word or phrase of the reports. Raises KeyError for an unknown key."""
    return str(_words(lang).LABELS[key]).format(**values)


def said_of(key: str, text: str, lang: str) -> str:
    """A label, a colon of the language, and what is said of it."""
    return label('said-of', lang, name=label(key, lang), text=text)


def sentence(code: str, lang: str) -> Sentence:
    """The words of one rule, with open places. Raises KeyError for an unknown code."""
    found: Sentence = _words(lang).SENTENCES[code]
    return found


def message(finding: Finding, lang: str) -> str:
    """What was found, in one or two sentences."""
    return clean(sentence(finding.code, lang).text.format(**parameters(finding, lang)))


def what_to_do(finding: Finding, lang: str) -> str:
    """What to do about it."""
    return clean(sentence(finding.code, lang).do.format(**parameters(finding, lang)))


def phrase(code: str, /, **facts: Plain) -> Phrase:
    """A sentence of an error in English, which `spoken` says in other languages.

    Raises:
        KeyError: an unknown code.
    """
    return Phrase(_said(code, facts, 'en'), code, tuple(sorted(facts.items())))


def system_reason(error: OSError) -> str:
    """Why the operating system refused, without the path; a phrase where it is a common reason."""
    code = f'system-{errno.errorcode.get(error.errno or 0, "")}'
    known = code in _words('en').PHRASES and error.strerror == _words('en').PHRASES[code]
    return phrase(code) if known else error.strerror or str(error)


def no_value(word: str) -> Phrase:
    """How an option gets no value, as the head of a sentence; `word` is OptionFile.nothing."""
    return phrase('write-nothing', word=word) if word else phrase('take-out')


def spoken(text: str, lang: str) -> str:
    """A phrase in the user's language; any other text as it is."""
    if not isinstance(text, Phrase) or not text.code:
        return text
    return _said(text.code, dict(text.facts), lang)


def error_line(error: WeightCheckError, lang: str) -> str:
    """What could not be done: place, option, what was found, what to do."""
    head = ' '.join(part for part in (error.place, error.option) if part)
    what = spoken(error.what, lang)
    parts = (f'{head}: {what}' if head else what, spoken(error.advice, lang))
    return clean_line(' '.join(part for part in parts if part))


def _said(code: str, facts: Dict[str, Plain], lang: str) -> str:
    values = {name: spoken(shown(value), lang) for name, value in facts.items()}
    return str(_words(lang).PHRASES[code]).format(**values)


def clean(text: str) -> str:
    """Text of files without what could steer a terminal: control characters become visible."""
    if text.isprintable():
        return text
    return ''.join(c if c.isprintable() or c == '\n' else c.encode('unicode_escape').decode()
                   for c in text)  # fmt: skip


def clean_line(text: str) -> str:
    """The same as one line, whatever is in it: a key must not look like a line of ours."""
    return clean(text).replace('\n', '\\n')


def parameters(finding: Finding, lang: str) -> Dict[str, str]:
    """The facts of a finding as its sentence tells them, by name, in the user's language."""
    values = {name: spoken(shown(value), lang) for name, value in finding.parameters}
    # A parameter may itself be a key of the labels, 'label:is-file', whose words may name others.
    labels = {name: text[6:] for name, text in values.items() if text.startswith('label:')}
    return {**values, **{name: label(key, lang, **values) for name, key in labels.items()}}
