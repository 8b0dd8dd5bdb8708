"""Read an option file as the framework would, with the line of every option."""

from __future__ import annotations

import codecs
import dataclasses
import difflib
import io
import os
import re
from typing import Callable, Dict, NamedTuple, Optional, Tuple

from basicsr_weightcheck.dialects.find import DIALECTS
from basicsr_weightcheck.errors import LimitExceededError, OptionError
from basicsr_weightcheck.messages.lookup import phrase, system_reason
from basicsr_weightcheck.plan.json_options import edit_json, parse_json
from basicsr_weightcheck.plan.toml_options import edit_toml, parse_toml
from basicsr_weightcheck.plan.weight_paths import SUFFIXES
from basicsr_weightcheck.plan.yaml_nodes import CEILINGS, TooMuch, check_ceiling, too_much
from basicsr_weightcheck.plan.yaml_options import edit_yaml, parse_merging_yaml, parse_yaml
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile

# The kinds of option file: how each is read, with the line of every option, and edited.
#
# A format is a module of its own with two functions; the dialect of a framework names its format.


class OptionFormat(NamedTuple):
    """One kind of option file.

    Attributes:
        parse: (text, path) -> options; `path` is for messages. Raises OptionError.
        edit: (text, edit, path) -> the text with the edit made, comments and layout kept. Raises
            OptionError where that cannot be done; the result is parsed again by the caller.
        endings: of file names, where nothing but the name tells the format.
        nothing: its word for no value; '' where an option without a value is not there at all.
    """

    parse: Callable[[str, str], OptionFile]
    edit: Callable[[str, OptionEdit, str], str]
    endings: Tuple[str, ...]
    nothing: str


YAML = 'yaml'
FORMATS: Dict[str, OptionFormat] = {
    YAML: OptionFormat(parse_yaml, edit_yaml, ('.yml', '.yaml'), '~'),
    'yaml-merge': OptionFormat(parse_merging_yaml, edit_yaml, ('.yml', '.yaml'), '~'),
    'json': OptionFormat(parse_json, edit_json, ('.json',), 'null'),
    'toml': OptionFormat(parse_toml, edit_toml, ('.toml',), ''),
}


def read_options(path: str, option_format: str = '') -> OptionFile:
    """Return the options of a file.

    Args:
        option_format: a key of FORMATS; '' takes the one whose ending the name
            has, else YAML.

    Raises:
        OptionError: the file is missing, not readable, not UTF-8, not of the format, or no mapping;
            the message names line and column where there are some.
    """
    by_name = _format_of(path)
    try:
        return parse_options(_read_text(path), path, option_format or by_name)
    except OptionError as error:
        # Of the wanted format, or of no telling name: its own words for the fault are best.
        if by_name in (option_format or by_name, YAML):
            raise
        raise _other_format(path, by_name, option_format) from error


def _other_format(path: str, found: str, wanted: str) -> OptionError:
    """For a file of another framework than the one that is here."""
    readers = [one.title or one.packages[0] for one in DIALECTS if one.option_format == found]
    own = wanted.split('-')[0].upper()
    what = phrase('other-format', format=found.upper(), readers=tuple(readers), own=own)
    return OptionError(what, path=path, advice=phrase('other-format-do'))


def parse_options(text: str, path: str, option_format: str = YAML) -> OptionFile:
    """Return the options of a text; `path` is for messages. Raises OptionError."""
    form = FORMATS[option_format]
    options = form.parse(text, path)
    return dataclasses.replace(options, format=option_format, nothing=form.nothing)


def _format_of(path: str) -> str:
    for name, one in FORMATS.items():
        if path.endswith(one.endings):
            return name
    return YAML


# The text of a file: of a reasonable size, in UTF-8.

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, 'UTF-32'),
    (codecs.BOM_UTF32_BE, 'UTF-32'),
    (codecs.BOM_UTF16_LE, 'UTF-16'),
    (codecs.BOM_UTF16_BE, 'UTF-16'),
)
GUESSES = ('GB18030', 'Big5', 'Shift_JIS')  # editors of Chinese and Japanese systems save these

WEIGHT_KINDS = ('torch-zip', 'zip-cut', 'torch-legacy', 'safetensors', 'pickle')
LOOKED_AT = 1 << 16  # bytes of a YAML that may have been meant


def _read_text(path: str) -> str:
    """The text of an option file. Raises OptionError where there is none to read."""
    if os.path.isdir(path):
        raise OptionError(phrase('yaml-folder'), path=path)
    try:
        with open(path, 'rb') as file:
            raw = file.read(CEILINGS['file_bytes'][0] + 1)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        reason = system_reason(error)
        raise OptionError(phrase('yaml-unreadable', reason=reason), path=path) from error
    try:
        check_ceiling('file_bytes', len(raw))
    except TooMuch as error:
        raise _weights(raw, path) or too_much(error, path) from error
    try:
        return raw.decode('utf-8')
    except UnicodeDecodeError as error:
        raise _weights(raw, path) or _other_encoding(raw, error, path) from error


def _weights(raw: bytes, path: str) -> Optional[OptionError]:
    """The error of a weight file in the place of the option file; None where it is none."""
    from basicsr_weightcheck.checkpoint.sniff import sniff  # an archive, for a rare mistake

    try:
        kind = sniff(io.BytesIO(raw), len(raw)).kind
    except LimitExceededError:
        kind = ''
    if kind not in WEIGHT_KINDS and not path.endswith(SUFFIXES):
        return None
    advice = phrase('options-are-weights-do', path=path)
    return OptionError(phrase('options-are-weights'), path, advice=advice)


def _other_encoding(raw: bytes, error: UnicodeDecodeError, path: str) -> OptionError:
    line = raw.count(b'\n', 0, error.start) + 1
    name = _encoding_of(raw)
    if not name:
        what = phrase('yaml-not-utf8', byte=f'{raw[error.start]:#04x}')
        return OptionError(what, path, line, advice=phrase('yaml-utf8-do'))
    text = raw.decode(name, 'replace')
    shown = text.splitlines()[line - 1].strip()[:80] if line <= len(text.splitlines()) else ''
    line = line if name not in ('UTF-16', 'UTF-32') else 0
    what = phrase('yaml-encoding', encoding=name, found=shown)
    return OptionError(what, path, line, advice=phrase('yaml-utf8-do'))


def _encoding_of(raw: bytes) -> str:
    """The encoding that the bytes are probably in, '' where none fits."""
    for mark, name in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return name
    if raw[1:2] == b'\0' or raw[:1] == b'\0':
        return 'UTF-16LE' if raw[1:2] == b'\0' else 'UTF-16BE'
    for name in GUESSES:
        try:
            raw.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return ''


def _is_training(path: str) -> bool:
    """A YAML that describes a network, as its beginning tells."""
    try:
        with open(path, 'rb') as file:
            return re.search(rb'^network_\w+:', file.read(LOOKED_AT), re.MULTILINE) is not None
    except OSError:
        return False


def _missing(path: str) -> OptionError:
    """No such file: relative to what, and what lies near it."""
    folder = os.path.dirname(path) or '.'
    what = phrase('yaml-missing')
    if not os.path.isabs(path):
        what = phrase('yaml-missing-here', folder=os.getcwd())
    try:
        names = [name for name in os.listdir(folder) if name.endswith(('.yml', '.yaml'))]
    except OSError:
        return OptionError(what, path=path, advice=phrase('yaml-no-folder', folder=folder))
    near = difflib.get_close_matches(os.path.basename(path), sorted(names), len(names) or 1, 0.4)
    near = [name for name in near if _is_training(os.path.join(folder, name))]
    nearest = phrase('yaml-nearest', path=os.path.join(folder, near[0])) if near else ''
    return OptionError(what, path=path, advice=nearest)
