"""What the user wants of the check and of the hook: one table of settings for all places.

`weightcheck:` at the top level of the option file, `[tool.weightcheck]` in the nearest
pyproject.toml that has it, from the option file's folder upwards; the former wins. Lists add up.
The section of the option file stands at its top level because some dialects hand every unknown
option below `path:` to os.makedirs.
"""

from __future__ import annotations

import difflib
import importlib
import os
import re
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, Mapping, Tuple

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.findings import SEVERITIES
from basicsr_weightcheck.records.plans import NEVER, OFF, REPORT_KINDS, STOP, WARN, Misread, Policy

SECTION = 'weightcheck'
PROJECT = 'pyproject.toml'
VARIABLE = 'WEIGHTCHECK_ON_ERROR'
LONGEST = 60  # characters that are shown of a value
CODE = re.compile(r'WC\d{3}')
MODULE = re.compile(r'[^\W\d]\w*(\.[^\W\d]\w*)*')


def read_policy(
    options: Mapping[str, Any], environment: Mapping[str, str], path: str = ''
) -> Tuple[Policy, Tuple[Misread, ...]]:
    """Return the policy and what could not be understood (the default holds there).

    Args:
        environment: WEIGHTCHECK_ON_ERROR wins over every file.
        path: the option file; '' where none is known: pyproject.toml is then looked for from the
            working directory.
    """
    misread: List[Misread] = []
    policy = Policy()
    folder = os.path.dirname(os.path.abspath(path)) if path else os.getcwd()
    # The option file last: of two values the later one holds.
    for place, section, name in (*_project(folder, misread), ('', options.get(SECTION), SECTION)):
        if section is not None and not isinstance(section, Mapping):
            misread.append(Misread(name, _shown(section), phrase('set-section'), place))
            continue
        for key, value in (section or {}).items():
            policy = _with(policy, str(key), value, misread, f'{name}.{key}', place)
    if environment.get(VARIABLE):
        policy = _with(policy, 'on_error', environment[VARIABLE], misread, VARIABLE, '')
    return policy, tuple(misread)


def _project(folder: str, misread: List[Misread]) -> Iterator[Tuple[str, Any, str]]:
    """(file, section, its name) of the nearest pyproject.toml that speaks of this program."""
    while True:
        place = os.path.join(folder, PROJECT)
        try:
            with open(place, 'rb') as file:
                raw = file.read()
            # Most have no such section, and need no reader of TOML, which older Pythons lack.
            if SECTION.encode() in raw:
                tool = _toml(raw).get('tool')
                if isinstance(tool, dict) and SECTION in tool:
                    yield place, tool[SECTION], f'tool.{SECTION}'
                    return
        except FileNotFoundError:
            pass
        except ImportError:
            misread.append(Misread(PROJECT, '', phrase('set-needs-tomli'), place))
        except (OSError, ValueError) as error:
            misread.append(Misread(PROJECT, '', phrase('set-toml', reason=str(error)), place))
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _toml(raw: bytes) -> Dict[str, Any]:
    """Raises ImportError where no reader is installed, ValueError for what is no TOML."""
    try:
        reader = importlib.import_module('tomllib')
    except ImportError:
        reader = importlib.import_module('tomli')
    read: Dict[str, Any] = reader.loads(raw.decode('utf-8'))
    return read


def _with(
    policy: Policy, key: str, value: Any, misread: List[Misread], option: str, place: str
) -> Policy:
    try:
        if key not in _READERS:
            raise _unknown(key)
        read = _READERS[key](value)
    except _Unfit as error:
        misread.append(Misread(option, _shown(value), error.args[0], place))
        return policy
    if key in ADDING:
        read = tuple(dict.fromkeys((*getattr(policy, key), *read)))
    return replace(policy, **{key: read})


class _Unfit(Exception):
    """A value that a setting cannot have; its argument is the phrase of what it can be."""


def _unknown(key: str) -> _Unfit:
    near = difflib.get_close_matches(key, _READERS, 1)
    if near:
        return _Unfit(phrase('set-near', nearest=near[0]))
    return _Unfit(phrase('set-known', names=tuple(_READERS)))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f'{text[:LONGEST]}…'


def _one_of(*names: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        # YAML reads a bare `off` as false.
        word = OFF if value is False else value
        if word not in names:
            raise _Unfit(phrase('set-one-of', names=names))
        return str(word)

    return read


def _fraction(value: Any) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= 1:
        raise _Unfit(phrase('set-share'))
    return float(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit(phrase('set-switch'))
    return value


def _texts(fits: Callable[[str], Any], code: str, **facts: Any) -> Callable[[Any], Tuple[str, ...]]:
    """Reads one text or a list of them; `code` says what each can be."""

    def read(value: Any) -> Tuple[str, ...]:
        names = (value,) if isinstance(value, str) else () if value is None else value
        is_list = isinstance(names, (list, tuple))
        if not is_list or not all(isinstance(one, str) and fits(one) for one in names):
            raise _Unfit(phrase(code, **facts))
        return tuple(names)

    return read


_READERS: Dict[str, Callable[[Any], Any]] = {
    'on_error': _one_of(STOP, WARN),
    'min_loaded': _fraction,
    'reports': _texts(REPORT_KINDS.__contains__, 'set-any-of', names=REPORT_KINDS),
    'align_ema': _switch,
    'first_look': _one_of(STOP, WARN, OFF),
    'check_values': _switch,
    'repair_imports': _switch,
    'imports': _texts(MODULE.fullmatch, 'set-modules'),
    'ignore': _texts(CODE.fullmatch, 'set-codes'),
    'fail_on': _one_of(*SEVERITIES[:2], NEVER),
}
ADDING = ('imports', 'ignore')
