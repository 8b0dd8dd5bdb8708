"""Parse a training's TOML with the reader that neosr has, with the line of every option.

Source: Lib/tomllib (Python 3.11 and newer; older Pythons have none, and neither does a framework
that reads TOML run on them).
"""

from __future__ import annotations

import importlib
import re
from typing import Any, Iterator, Optional, Tuple

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.toml_places import places
from basicsr_weightcheck.records.plans import OptionFile

POSITION = re.compile(r' \(at (?:line (\d+), column (\d+)|end of document)\)$')
KEY = r'^(\s*[\w."\'-]+\s*)'
SHOWN_CHARACTERS = 120
# What YAML and people write for true and false.
WORDS = {
    'true': 'true', 'yes': 'true', 'on': 'true', 'false': 'false', 'no': 'false', 'off': 'false',
}  # fmt: skip


def parse_toml(text: str, path: str) -> OptionFile:
    """Return the options of a TOML text; `path` is for messages. Raises OptionError."""
    try:
        data = _loads(text)
    except ImportError as error:
        raise OptionError(phrase('toml-python'), path=path) from error
    except (ValueError, RecursionError) as error:
        raise _refused(error, text, path) from error
    lines = {place.option: text.count('\n', 0, place.key[0]) + 1 for place in places(text)}
    return OptionFile(path, text, data, lines)


def _loads(text: str) -> Any:
    return importlib.import_module('tomllib').loads(text)


def _refused(error: Exception, text: str, path: str) -> OptionError:
    """Why tomllib refuses the text; a corrected line is named only where it was tried."""
    reason = str(error)
    position = POSITION.search(reason)
    lines = text.split('\n')
    line, column = len(lines), 0
    if position is not None and position.group(1):
        line, column = int(position.group(1)), int(position.group(2))
    found = lines[line - 1].rstrip()[:SHOWN_CHARACTERS] if line <= len(lines) else ''
    reason = POSITION.sub('', reason)[:200]
    if reason == 'Cannot overwrite a value':
        return OptionError(phrase('toml-twice', found=found), path, line)
    for mistake, written in _written(lines, line - 1):
        if _reaches_further([*lines[: line - 1], written, *lines[line:]], line):
            what = phrase(f'toml-{mistake}', found=found)
            advice = phrase('yaml-write', corrected=written.rstrip()[:SHOWN_CHARACTERS])
            return OptionError(what, path, line, column, advice=advice)
    return OptionError(phrase('toml-syntax', reason=reason, found=found), path, line, column)


def _written(lines: Any, index: int) -> Iterator[Tuple[str, str]]:
    """(mistake, the line as it may have been meant)."""
    line = lines[index] if index < len(lines) else ''
    colon = re.match(KEY + r':\s*(.*)$', line)
    if colon is not None:
        yield 'colon', f'{colon.group(1).rstrip()} = {colon.group(2)}'
    match = re.match(KEY + r'=\s*(.*?)(\s+#.*)?(\r?)$', line)
    if match is None:
        return
    head, value, rest = f'{match.group(1)}= ', match.group(2), ''.join(match.groups('')[2:])
    bare = value.strip('"\'')
    if '\\' in value and value[:1] == '"' and "'" not in bare:
        yield 'backslash', f"{head}'{bare}'{rest}"
    if value.lower() in WORDS:
        yield 'word', f'{head}{WORDS[value.lower()]}{rest}'
    elif value and "'" not in bare:
        yield 'quote', f"{head}'{bare}'{rest}"


def _reaches_further(lines: Any, line: int) -> bool:
    stopped = _stops('\n'.join(lines))
    return stopped is None or stopped > line


def _stops(text: str) -> Optional[int]:
    """The line at which the reader stops, None where it gets through."""
    try:
        _loads(text)
    except (ValueError, RecursionError) as error:
        position = POSITION.search(str(error))
        return int((position and position.group(1)) or 0)
    return None
