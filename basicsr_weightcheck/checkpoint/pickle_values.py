"""The steps of the pickle machine that push a number, a text or bytes.

Source: Lib/pickletools.py `opcodes`; Lib/pickle.py for what protocol 0 writes.
"""

from __future__ import annotations

import pickle
import re
import sys
from typing import TYPE_CHECKING

from basicsr_weightcheck.checkpoint.problems import exceeded

if TYPE_CHECKING:
    from basicsr_weightcheck.checkpoint.pickle_machine import PickleMachine as M

NUMBER = 36  # bytes in CPython


def integer(machine: M, size: int) -> None:
    if size > machine.limits.integer_bytes:
        raise exceeded('integer_bytes', machine.limits.integer_bytes, size)
    machine.push(machine.number(size, signed=True), NUMBER + size)


def text_int(machine: M) -> None:
    line = machine.line(machine.limits.integer_bytes)
    constants = {b'00': False, b'01': True}
    machine.push(constants[line] if line in constants else int(line.rstrip(b'L')), NUMBER)


def text_float(machine: M) -> None:
    machine.push(float(machine.line(machine.limits.line_bytes)), NUMBER)


def text_string(machine: M) -> None:
    line = machine.line(machine.limits.pickle_bytes).strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b'"', b"'"):
        raise pickle.UnpicklingError('a text without quotes')
    raw = _ESCAPE.sub(_unescaped, line[1:-1])
    text = raw.decode('utf-8', 'surrogateescape')
    machine.push(text, sys.getsizeof(text))


def text_unicode(machine: M) -> None:
    text = str(machine.line(machine.limits.pickle_bytes), 'raw-unicode-escape')
    machine.push(text, sys.getsizeof(text))


def string(machine: M, size: int) -> None:
    text = machine.take(size).decode('utf-8', 'surrogateescape')
    machine.push(text, sys.getsizeof(text))


def unicode(machine: M, size: int) -> None:
    at = machine.at
    machine.at += size
    machine.push_text(at, machine.at)


def raw_bytes(machine: M, size: int) -> None:
    machine.push(machine.take(size), NUMBER + size)


_ESCAPE = re.compile(rb'\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)', re.S)
_ESCAPED = {b'n': b'\n', b't': b'\t', b'r': b'\r', b'\\': b'\\', b"'": b"'", b'"': b'"'}


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    if code[:1] == b'x' and len(code) == 3:
        return bytes([int(code[1:], 16)])
    if code[:1] in b'01234567':
        return bytes([int(code, 8) & 255])
    return _ESCAPED.get(code, b'\\' + code)
