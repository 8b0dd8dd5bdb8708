"""Read a training YAML as BasicSR would, with the line of every option."""

from __future__ import annotations

import difflib
import os
import re

import yaml

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.yaml_limits import YAML_LIMITS, TooMuch
from basicsr_weightcheck.plan.yaml_nodes import MERGE_TAG, compose, construct, locate
from basicsr_weightcheck.records.phrases import Phrase
from basicsr_weightcheck.records.plans import OptionFile

# What PyYAML lets out where a tag and its value do not fit: '!!float', '!!bool x', '!!timestamp x'.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_LINE_END = re.compile('\r\n|[\r\n\x85\u2028\u2029]')  # as YAML counts lines


def read_options(path: str) -> OptionFile:
    """Return the options of a training YAML.

    Raises:
        OptionError: the file is missing, not readable, not UTF-8, no YAML, or no mapping; the
            message names line and column where there are some.
    """
    text = _read_text(path)
    return parse_options(text, path)


def parse_options(text: str, path: str) -> OptionFile:
    """Return the options of a YAML text; `path` is for messages. Raises OptionError."""
    try:
        node = compose(text)
        if node is None:
            raise OptionError('the file is empty.', path=path)
        data = construct(node)
    except TooMuch as error:
        raise _exceeded(error, path) from error
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, path) from error
    except yaml.reader.ReaderError as error:
        raise OptionError(
            f'character {error.position} ({error.character!r}) is not allowed in YAML.', path
        ) from error
    except (*_MALFORMED, yaml.YAMLError) as error:
        raise OptionError(f'is no valid YAML ({error}).', path=path) from error
    if not isinstance(data, dict):
        raise OptionError(
            f'holds a {type(data).__name__}, expected options such as "name:" and "path:".', path
        )
    lines, duplicates = locate(node)
    return OptionFile(path, text, data, lines, tuple(duplicates))


def _read_text(path: str) -> str:
    if os.path.isdir(path):
        raise OptionError('is a folder, expected a training YAML.', path=path)
    try:
        with open(path, 'rb') as file:
            raw = file.read(YAML_LIMITS.file_bytes + 1)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise OptionError(f'cannot be read: {error.strerror or error}.', path=path) from error
    try:
        YAML_LIMITS.check('file_bytes', len(raw))
    except TooMuch as error:
        raise _exceeded(error, path) from error
    try:
        return raw.decode('utf-8')
    except UnicodeDecodeError as error:
        line = raw.count(b'\n', 0, error.start) + 1
        raise OptionError(
            f'is not UTF-8 (byte {raw[error.start]:#04x}).', path, line, advice='Save it as UTF-8.'
        ) from error


def _exceeded(error: TooMuch, path: str) -> OptionError:
    unit = Phrase(error.unit, f'unit-{error.unit}')
    what = phrase(
        'limit', ceiling=error.ceiling, value=error.value, unit=unit, found=error.found
    )  # fmt: skip
    return OptionError(what, path, advice=phrase('do-limit-yaml'))


def _missing(path: str) -> OptionError:
    """No such file: relative to what, and what lies near it."""
    where = '' if os.path.isabs(path) else f' (relative to {os.getcwd()})'
    folder = os.path.dirname(path) or '.'
    try:
        names = [name for name in os.listdir(folder) if name.endswith(('.yml', '.yaml'))]
    except OSError:
        advice = f'The folder {folder} does not exist either.'
    else:
        near = difflib.get_close_matches(os.path.basename(path), sorted(names), 1, 0.4)
        advice = f'Nearest there: {os.path.join(folder, near[0])}' if near else ''
    return OptionError(f'no such file{where}.', path=path, advice=advice)


def _syntax_error(error: yaml.MarkedYAMLError, text: str, path: str) -> OptionError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    shown = _LINE_END.split(text)[line - 1] if line else ''
    if '\t' in shown[: len(shown) - len(shown.lstrip())]:
        return OptionError(
            'the line is indented with a tab.', path, line, column, advice='Use spaces.'
        )
    if MERGE_TAG in str(error.problem):
        return OptionError(
            "a merge key '<<' is used; BasicSR's loader fails on it (ConstructorError).",
            path, line, column, advice='Write the options out.',
        )  # fmt: skip
    context = f' {error.context}' if error.context else ''
    return OptionError(
        f'is no valid YAML:{context} {error.problem} at {shown.strip()[:60]!r}.', path, line, column
    )
