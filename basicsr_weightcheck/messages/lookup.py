"""From keys to sentences; picks the language, cleans what comes from files."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Optional

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.phrases import Phrase

if TYPE_CHECKING:
    from basicsr_weightcheck.errors import WeightCheckError
    from basicsr_weightcheck.records.phrases import Facts, Pair, Plain, Words

ROOM = __name__.rpartition('.')[0]  # not __package__: empty in an archive before Python 3.10
LANGUAGES = ('en', 'zh')  # the order in a pair
SIGNS = {'zh': '权重'}  # of those that not every encoding can write
# Tables in the order in which they are searched, each imported when its turn comes: those of the
# commands that are done in a moment do not pay for the words of all others.
SUBJECTS = ('labels', 'compare', 'inspect', 'reader', 'usage', 'convert', 'refusals', 'building',
            'looking', 'hook', 'explain', 'html')  # fmt: skip
NONE: Words = {}


def language(asked: Optional[str]) -> str:
    """One of LANGUAGES: the option, then WEIGHTCHECK_LANG, then the locale, then English.

    Only the option gives one whose signs the output's encoding does not have (Chinese in cp1252).
    """
    if asked and asked[:2].lower() in LANGUAGES:
        return asked[:2].lower()
    wished = _wished()
    try:
        SIGNS.get(wished, '').encode(getattr(sys.stdout, 'encoding', None) or 'utf-8')
    except (UnicodeEncodeError, LookupError):
        return 'en'
    return wished


def _wished() -> str:
    value = os.environ.get('WEIGHTCHECK_LANG', '')[:2].lower()
    if value in LANGUAGES:
        return value
    names = (os.environ.get(name) for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'))
    found = next(filter(None, names), None)
    if found is None:
        import locale  # slow to import, and not often needed

        found = str(locale.getlocale()[0] or '')
    return found[:2].lower() if found[:2].lower() in LANGUAGES else 'en'


@lru_cache(maxsize=None)
def _pair(key: str) -> Pair:
    for subject in SUBJECTS:
        table: Words = import_module(f'{ROOM}.words.{subject}').WORDS
        if key in table:
            return table[key]
    raise KeyError(key)


def said(key: str, lang: str, values: Mapping[str, Any], own: Words = NONE) -> str:
    """The words of a key with their places filled; those of a rule's `own` come first.

    Raises:
        KeyError: an unknown key, or no value for one of its places.
        ValueError: an unknown language.
    """
    pair = own[key] if key in own else _pair(key)
    template = pair[LANGUAGES.index(lang)]
    if '{program}' in template:
        values = {**values, 'program': program()}
    return template.format(**values)


def label(key: str, lang: str, /, **values: Any) -> str:
    """A fixed word or phrase of the reports. Raises KeyError for an unknown key."""
    return said(key, lang, values)


def said_of(key: str, text: str, lang: str) -> str:
    """A label, a colon of the language, and what is said of it."""
    return label('said-of', lang, name=label(key, lang), text=text)


def phrase(code: str, /, **facts: Plain) -> Phrase:
    """A sentence in English, which `spoken` says in other languages. Raises KeyError."""
    return phrase_of(code, facts)


def phrase_of(code: str, facts: Dict[str, Plain], own: Words = NONE) -> Phrase:
    """The same with words of a rule's own. Raises KeyError for an unknown code."""
    given = tuple(sorted(facts.items()))
    return Phrase(said(code, 'en', facts_said(given, 'en', own), own), code, given)


@contextmanager
def needs(what: str, package: str = '') -> Iterator[None]:
    """Raises UsageError where an import in its body fails: a sentence instead of the ImportError.

    Args:
        what: its words are 'needs-<what>', and 'needs-<what>-do' where no package is named.
    """
    try:
        yield
    except ImportError as error:
        advice = phrase('do-install', package=package) if package else phrase(f'needs-{what}-do')
        raise UsageError(phrase(f'needs-{what}', reason=str(error)), advice=advice) from error


def system_reason(error: OSError) -> str:
    """Why the operating system refused, without the path; a phrase where it is a common reason."""
    code = f'system-{errno.errorcode.get(error.errno or 0, "")}'
    try:
        known = phrase(code)
    except KeyError:
        known = Phrase()
    return known if known and error.strerror == known else error.strerror or str(error)


def no_value(word: str) -> Phrase:
    """How an option gets no value, as the head of a sentence; `word` is OptionFile.nothing."""
    return phrase('write-nothing', word=word) if word else phrase('take-out')


def spoken(text: str, lang: str, own: Words = NONE) -> str:
    """A phrase in the user's language; any other text as it is."""
    if not isinstance(text, Phrase) or not text.code:
        return text
    return said(text.code, lang, facts_said(text.facts, lang, own), own)


def facts_said(facts: Facts, lang: str, own: Words = NONE) -> Dict[str, str]:
    """Facts as a sentence tells them, by name, in the user's language."""
    return {name: spoken(_shown(value), lang, own) for name, value in facts}


def _shown(value: Plain) -> str:
    """A parameter of a finding as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return share(value)
    if isinstance(value, tuple):
        return ', '.join(value)
    return '~' if value is None else value


def error_line(error: WeightCheckError, lang: str) -> str:
    """What could not be done: place, option, what was found, what to do."""
    head = ' '.join(part for part in (error.place, error.option) if part)
    what = spoken(error.what, lang)
    parts = (f'{head}: {what}' if head else what, spoken(error.advice, lang))
    return clean_line(' '.join(part for part in parts if part))


def clean(text: str) -> str:
    """Text of files without what could steer a terminal: control characters become visible."""
    if text.isprintable():
        return text
    return ''.join(c if c.isprintable() or c == '\n' else c.encode('unicode_escape').decode()
                   for c in text)  # fmt: skip


def clean_line(text: str) -> str:
    """The same as one line, whatever is in it: a key must not look like a line of ours."""
    return clean(text).replace('\n', '\\n')


@lru_cache(maxsize=None)
def program() -> str:
    """How this program was started, as a command that a shell of the same folder understands.

    `basicsr-weightcheck`, `python -m basicsr_weightcheck`, or `python CLONE/basicsr_weightcheck`
    for a script of a clone that is started from elsewhere. Inside a training, and in a program of
    one's own, the second.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    started = sys.argv[0] if sys.argv else ''
    if _runs_clone(package) and os.path.dirname(package) != os.path.realpath(os.curdir):
        beside = os.path.join(os.path.dirname(started), os.pardir, os.path.basename(package))
        typed = (os.path.normpath(one) for one in (started, beside))
        same = (one for one in typed if os.path.isdir(one) and os.path.samefile(one, package))
        return f'{_word(sys.executable)} {_quoted(next(same, package))}'
    if os.path.splitext(os.path.basename(started))[0] == 'basicsr-weightcheck':
        return _word(os.path.abspath(started))
    return f'{_word(sys.executable)} -m basicsr_weightcheck'


def _runs_clone(package: str) -> bool:
    """The script that runs lies in this package or in scripts/ beside it, and is no `-m`."""
    main = sys.modules.get('__main__')
    script = os.path.realpath(getattr(main, '__file__', None) or '')
    name = getattr(getattr(main, '__spec__', None), 'name', '') or ''
    folders = (package, os.path.join(os.path.dirname(package), 'scripts'))
    return os.path.dirname(script) in folders and not name.startswith(os.path.basename(package))


def _word(path: str) -> str:
    """A program as one types it: by its name where the shell finds this very one so."""
    from shutil import which  # slow to import

    name = os.path.basename(path)
    for short in dict.fromkeys((os.path.splitext(name)[0], name, 'python')):
        if os.path.abspath(which(short) or os.curdir) == path:
            return short
    return _quoted(path)


def _quoted(path: str) -> str:
    if os.name == 'nt':
        from subprocess import list2cmdline  # slow to import

        return list2cmdline([path])
    import shlex

    return shlex.quote(path)
