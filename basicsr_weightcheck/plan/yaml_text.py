"""Read the text of a YAML file: a file, of a reasonable size, in UTF-8."""

from __future__ import annotations

import codecs
import difflib
import io
import locale
import os
import re
from typing import Optional, Tuple

from basicsr_weightcheck.errors import LimitExceededError, OptionError
from basicsr_weightcheck.messages.lookup import phrase, system_reason
from basicsr_weightcheck.plan.weight_paths import SUFFIXES
from basicsr_weightcheck.plan.yaml_nodes import CEILINGS, TooMuch, check_ceiling, too_much

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, 'UTF-32'),
    (codecs.BOM_UTF32_BE, 'UTF-32'),
    (codecs.BOM_UTF16_LE, 'UTF-16'),
    (codecs.BOM_UTF16_BE, 'UTF-16'),
)
GUESSES = ('GB18030', 'Big5', 'Shift_JIS')  # editors of Chinese and Japanese systems save these

WEIGHT_KINDS = ('torch-zip', 'zip-cut', 'torch-legacy', 'safetensors', 'pickle')
LOOKED_AT = 1 << 16  # bytes of a YAML that may have been meant


def read_text(path: str) -> str:
    """The text of a YAML file. Raises OptionError where there is none to read."""
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
    name = encoding_of(raw)
    if not name:
        what = phrase('yaml-not-utf8', byte=f'{raw[error.start]:#04x}')
        return OptionError(what, path, line, advice=phrase('yaml-utf8-do'))
    text = raw.decode(name, 'replace')
    shown = text.splitlines()[line - 1].strip()[:80] if line <= len(text.splitlines()) else ''
    line = line if name not in ('UTF-16', 'UTF-32') else 0
    what = phrase('yaml-encoding', encoding=name, found=shown)
    return OptionError(what, path, line, advice=phrase('yaml-utf8-do'))


def encoding_of(raw: bytes) -> str:
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


def fails_in_locale(text: str) -> Tuple[str, int]:
    """(encoding, 1-based line) where this machine's encoding cannot decode the file; ('', 0) else.

    That is what open() takes where no encoding is named, on Windows often GBK or cp1252.
    """
    name = locale.getpreferredencoding(False)
    raw = text.encode('utf-8')
    try:
        raw.decode(name)
    except UnicodeDecodeError as error:
        return name, raw.count(b'\n', 0, error.start) + 1
    except LookupError:
        pass  # an encoding that Python does not have tells nothing
    return '', 0


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
