"""The command line of a training: the option file that it names, and what --force_yml changes.

Source: basicsr 1.4.2 utils/options.py, `parse_options` and `_postprocess_yml_value`.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import itertools
from typing import Any, Sequence

from basicsr_weightcheck.errors import OptionError, UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.plans import OptionFile

OPTION_FLAGS = ('-opt', '--opt')


def option_path(argv: Sequence[str]) -> str:
    """What stands after -opt on a command line, '' when it is not there."""
    for index, word in enumerate(argv):
        flag, equals, value = word.partition('=')
        if flag in OPTION_FLAGS:
            return value if equals else ''.join(argv[index + 1 : index + 2])
    return ''


def forced_entries(argv: Sequence[str]) -> Sequence[str]:
    """The entries of BasicSR's own option --force_yml."""
    if '--force_yml' not in argv:
        return ()
    rest = argv[list(argv).index('--force_yml') + 1 :]
    return list(itertools.takewhile(lambda word: not word.startswith('-'), rest))


def apply_overrides(options: OptionFile, entries: Sequence[str]) -> OptionFile:
    """Return the options with every `a:b=value` set; the last key may be new, the others not.

    Raises:
        UsageError: an entry is not of the form `a:b=value` (BasicSR fails on a second '=', too).
        OptionError: a key on the way does not exist, or BasicSR cannot read the value.
    """
    if not entries:
        return options
    data = copy.deepcopy(options.data)
    for entry in entries:
        _set(data, entry, options.path)
    made = tuple(str(name) for name in data if name not in options.data)
    given = tuple(entry.split('=')[0].strip().replace(':', '.') for entry in entries)
    changed = dataclasses.replace(options, data=data, forced=made, overridden=given)
    # What the file has at these places is not read: no line is to be named for it.
    lines = {
        place: 0 if changed.is_overridden(place) else line for place, line in options.lines.items()
    }
    return dataclasses.replace(changed, lines=lines)


def _set(data: Any, entry: str, path: str) -> None:
    if entry.count('=') != 1:
        what = phrase('force-yml-form', entry=repr(entry))
        raise UsageError(what, advice=phrase('force-yml-form-do'))
    keys, text = (part.strip() for part in entry.split('='))
    *parents, last = keys.split(':')
    place = data
    for parent in parents:
        if not isinstance(place, dict) or parent not in place:
            option = keys.replace(':', '.')
            what = phrase('force-yml-no-option', option=option, name=repr(parent))
            raise OptionError(what, path=path)
        place = place[parent]
    if not isinstance(place, dict):
        what = phrase('force-yml-no-section', entry=repr(entry), name=repr(parents[-1]))
        raise OptionError(what, path=path)
    try:
        place[last] = read_value(text)
    except (ValueError, SyntaxError) as error:
        reason = f'{type(error).__name__}: {error}'
        what = phrase('force-yml-value', entry=repr(entry), reason=reason)
        raise OptionError(what, path=path) from error


def read_value(text: str) -> Any:
    """The value that BasicSR makes of the text after the '='.

    Raises:
        ValueError, SyntaxError: as BasicSR's own reader does, of '²' say.
    """
    lowered = text.lower()
    if text == '~' or lowered == 'none':
        return None
    if lowered in ('true', 'false'):
        return lowered == 'true'
    if text.startswith('!!float'):
        return float(text.replace('!!float', ''))
    # Signs like '²' are digits, too, and no number: int() raises then, in BasicSR as well.
    if text.isdigit():
        return int(text)
    if text.count('.') < 2 and text.replace('.', '', 1).isdigit():
        return float(text)
    if text.startswith('['):
        # BasicSR evaluates any expression here; a check runs none.
        return ast.literal_eval(text)
    return text
