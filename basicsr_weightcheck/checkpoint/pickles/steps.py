"""The keys and the less frequent steps of the pickle machine, one function for each step.

Source: Lib/pickletools.py `opcodes` (3.8 to 3.13); the names are those of Lib/pickle.py, which also
tells what protocol 0 writes.
"""

from __future__ import annotations

import pickle
import re
import struct
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, List

from basicsr_weightcheck.checkpoint.problems import Limits

if TYPE_CHECKING:
    from basicsr_weightcheck.checkpoint.pickles.machine import PickleMachine

# Keys of dicts and members of sets that can be hashed in no time.

_PLAIN = (str, bytes, float, bool, type(None))
TEXT_CHARACTERS = 200  # of a text in a tuple that is a key


class OddKey:
    """Stands for a key that is neither text nor number.

    Two are equal where they read alike: tuples can be made to collide by the million, the hash of
    a text cannot be foretold. What does not read as a value is equal to itself only.

    Attributes:
        value: the key where it is a tuple of numbers and texts, Ellipsis for any other.
    """

    __slots__ = ('value', 'text')

    def __init__(self, key: Any) -> None:
        known = isinstance(key, (tuple, frozenset)) and _is_known(key)
        self.value = key if known else ...
        self.text = repr(key) if known else f'<{type(key).__name__}>'

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OddKey) or self.value is ... or other.value is ...:
            return self is other
        return self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


def plain_key(key: Any, limits: Limits) -> Any:
    """The key itself, or what stands for a small one of another kind.

    Raises:
        LimitExceededError: a number of more than 64 bits (they can be made to collide by the
            million), or a tuple of tuples that takes long to hash.
        TypeError: Python cannot use it as a key either.
    """
    if isinstance(key, _PLAIN):
        return key
    if isinstance(key, int):
        limits.hold('key_bits', key.bit_length())
        return key
    if isinstance(key, (list, dict, set)):
        raise TypeError(f'{type(key).__name__} used as a key')
    _weigh(key, limits)
    return OddKey(key)


def _weigh(key: Any, limits: Limits) -> None:
    """Count what hashing a key goes through, shared parts each time; it is never hashed here."""
    waiting: List[Any] = [key]
    for _ in range(limits.key_items):
        if not waiting:
            return
        item = waiting.pop()
        if isinstance(item, (tuple, frozenset)):
            waiting.extend(list(item)[: limits.key_items + 1])
    raise limits.exceeded('key_items', limits.key_items + 1)


def _is_known(key: Any) -> bool:
    """Made of small plain values; `key` has been weighed."""
    if isinstance(key, (tuple, frozenset)):
        return all(_is_known(item) for item in key)
    if isinstance(key, (str, bytes)):
        return len(key) <= TEXT_CHARACTERS
    if isinstance(key, int):
        return key.bit_length() <= 64
    return isinstance(key, _PLAIN)


# The steps of the pickle machine that are not frequent, one function for each.

Step = Callable[['PickleMachine'], object]
# Bytes that they take in CPython, an entry with its place in the table: what a file makes the
# machine build is held against `pickle_memory`.
NUMBER, SLOT, TUPLE, LIST, DICT, ENTRY, SET = 36, 8, 64, 96, 72, 168, 224
# Escapes of Python 2's repr, which protocol 0 writes texts as.
_ESCAPE = re.compile(rb'\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)', re.S)
_ESCAPED = {b'n': b'\n', b't': b'\t', b'r': b'\r', b'\\': b'\\', b"'": b"'", b'"': b'"'}


def _integer(machine: PickleMachine, size: int) -> None:
    machine.limits.hold('integer_bytes', size)
    machine.push(machine.number(size, signed=True), NUMBER + size)


def _text_int(machine: PickleMachine) -> None:
    line = machine.line(machine.limits.integer_bytes)
    constants = {b'00': False, b'01': True}
    machine.push(constants[line] if line in constants else int(line.rstrip(b'L')), NUMBER)


def _text_string(machine: PickleMachine) -> None:
    line = machine.line(machine.limits.pickle_bytes).strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b'"', b"'"):
        raise pickle.UnpicklingError('a text without quotes')
    raw = _ESCAPE.sub(_unescaped, line[1:-1])
    text = raw.decode('utf-8', 'surrogateescape')
    machine.push(text, sys.getsizeof(text))


def _text_unicode(machine: PickleMachine) -> None:
    text = str(machine.line(machine.limits.pickle_bytes), 'raw-unicode-escape')
    machine.push(text, sys.getsizeof(text))


def _string(machine: PickleMachine, size: int) -> None:
    text = machine.take(size).decode('utf-8', 'surrogateescape')
    machine.push(text, sys.getsizeof(text))


def _unicode(machine: PickleMachine, size: int) -> None:
    at = machine.at
    machine.at += size
    machine.push_text(at, machine.at)


def _raw_bytes(machine: PickleMachine, size: int) -> None:
    machine.push(machine.take(size), NUMBER + size)


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    if code[:1] == b'x' and len(code) == 3:
        return bytes([int(code[1:], 16)])
    if code[:1] in b'01234567':
        return bytes([int(code, 8) & 255])
    return _ESCAPED.get(code, b'\\' + code)


def _list(machine: PickleMachine) -> None:
    items = machine.pop_mark()
    machine.push(items, LIST + SLOT * len(items))


def _extend(machine: PickleMachine, items: List[Any]) -> None:
    machine.spend(2 * SLOT * len(items))
    target = machine.stack[-1]
    if isinstance(target, list):
        target.extend(items)
    else:
        machine.swallow(target)


def _store(machine: PickleMachine, items: List[Any]) -> None:
    if len(items) % 2:
        raise pickle.UnpicklingError('a key without a value')
    target = machine.stack[-1]
    if not isinstance(target, dict):
        machine.spend(ENTRY * (len(items) // 2))
        machine.swallow(target)
        return
    # Keys come first: those that no reader bears are told from a dict that is only large.
    items[::2] = [plain_key(key, machine.limits) for key in items[::2]]
    machine.spend(ENTRY * (len(items) // 2))
    for at in range(0, len(items), 2):
        target[items[at]] = items[at + 1]


def _dict(machine: PickleMachine) -> None:
    items = machine.pop_mark()
    machine.push({}, DICT)
    _store(machine, items)


def _setitem(machine: PickleMachine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _store(machine, [key, value])


def _additems(machine: PickleMachine) -> None:
    # Members are hashed like keys of a dict, so they have to be plain as well.
    items = machine.pop_mark()
    target = machine.stack[-1]
    if isinstance(target, set):
        items = [plain_key(item, machine.limits) for item in items]
        machine.spend(ENTRY * len(items))
        target.update(items)
    else:
        machine.spend(ENTRY * len(items))
        machine.swallow(target)


def _frozenset(machine: PickleMachine) -> None:
    items = machine.pop_mark()
    machine.push(
        frozenset(plain_key(item, machine.limits) for item in items), SET + ENTRY * len(items)
    )


def _tuple_of(machine: PickleMachine, count: int) -> None:
    if len(machine.stack) < count:  # a slice would take fewer without a word
        raise IndexError('the stack is too short')
    machine.spend(TUPLE)
    machine.stack[-count:] = [tuple(machine.stack[-count:])]


def _index(machine: PickleMachine) -> int:
    index = int(machine.line(machine.limits.integer_bytes))
    if index < 0:  # Python's list would count from its end
        raise ValueError('a negative place in the memo')
    return index


def _named(machine: PickleMachine) -> Any:
    longest = machine.limits.line_bytes
    module, name = machine.line(longest), machine.line(longest)
    return machine.find_global(module.decode('utf-8'), name.decode('utf-8'))


def _stack_global(machine: PickleMachine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise pickle.UnpicklingError('a global without a name')
    machine.stack.append(machine.find_global(module, name))


def _extension(machine: PickleMachine, code: int) -> None:
    # What a code stands for is in the registry of whoever wrote it; it is never resolved here.
    machine.stack.append(machine.find_global('copyreg', f'extension {code}'))


def _newobj(machine: PickleMachine) -> None:
    arguments = machine.stack.pop()
    machine.stack[-1] = machine.call(machine.stack[-1], arguments)


def _newobj_ex(machine: PickleMachine) -> None:
    machine.stack.pop()  # keyword arguments
    _newobj(machine)


def _inst(machine: PickleMachine) -> None:
    named = _named(machine)
    arguments = tuple(machine.pop_mark())
    machine.stack.append(machine.call(named, arguments))


def _obj(machine: PickleMachine) -> None:
    items = machine.pop_mark()
    machine.stack.append(machine.call(items[0], tuple(items[1:])))


def _build(machine: PickleMachine) -> None:
    state = machine.stack.pop()
    machine.set_state(machine.stack[-1], state)


def _protocol(machine: PickleMachine) -> None:
    if machine.number(1) > pickle.HIGHEST_PROTOCOL:
        raise ValueError('an unknown protocol')


def _text_persistent(machine: PickleMachine) -> None:
    text = machine.line(machine.limits.line_bytes).decode('utf-8', 'replace')
    machine.stack.append(machine.find_persistent(text))


def _sized(step: Callable[[PickleMachine, int], None], width: int) -> Step:
    """A step that is preceded by the size of what it takes (or by its number)."""
    return lambda machine: step(machine, machine.number(width))


_NAMED: Dict[str, Step] = {
    'INT': _text_int,
    'BININT2': lambda m: m.push(m.number(2), NUMBER),
    'LONG': _text_int,
    'LONG1': _sized(_integer, 1),
    'LONG4': _sized(_integer, 4),
    'STRING': _text_string,
    'BINSTRING': _sized(_string, 4),
    'SHORT_BINSTRING': _sized(_string, 1),
    'BINBYTES': _sized(_raw_bytes, 4),
    'SHORT_BINBYTES': _sized(_raw_bytes, 1),
    'BINBYTES8': _sized(_raw_bytes, 8),
    'BYTEARRAY8': _sized(_raw_bytes, 8),
    'UNICODE': _text_unicode,
    'SHORT_BINUNICODE': _sized(_unicode, 1),
    'BINUNICODE8': _sized(_unicode, 8),
    'FLOAT': lambda m: m.push(float(m.line(m.limits.line_bytes)), NUMBER),
    'BINFLOAT': lambda m: m.push(struct.unpack('>d', m.take(8))[0], NUMBER),
    'EMPTY_LIST': lambda m: m.push([], LIST),
    'APPEND': lambda m: _extend(m, [m.stack.pop()]),
    'APPENDS': lambda m: _extend(m, m.pop_mark()),
    'LIST': _list,
    'TUPLE2': lambda m: _tuple_of(m, 2),
    'TUPLE3': lambda m: _tuple_of(m, 3),
    'EMPTY_DICT': lambda m: m.push({}, DICT),
    'DICT': _dict,
    'SETITEM': _setitem,
    'SETITEMS': lambda m: _store(m, m.pop_mark()),
    'EMPTY_SET': lambda m: m.push(set(), SET),
    'ADDITEMS': _additems,
    'FROZENSET': _frozenset,
    'POP': lambda m: m.stack.pop() if m.stack else m.pop_mark(),
    'DUP': lambda m: m.stack.append(m.stack[-1]),
    'POP_MARK': lambda m: m.pop_mark().clear(),
    'GET': lambda m: m.stack.append(m.recall(_index(m))),
    'PUT': lambda m: m.remember(_index(m)),
    'MEMOIZE': lambda m: m.remember(),
    'EXT1': _sized(_extension, 1),
    'EXT2': _sized(_extension, 2),
    'EXT4': _sized(_extension, 4),
    'GLOBAL': lambda m: m.stack.append(_named(m)),
    'STACK_GLOBAL': _stack_global,
    'BUILD': _build,
    'INST': _inst,
    'OBJ': _obj,
    'NEWOBJ': _newobj,
    'NEWOBJ_EX': _newobj_ex,
    'PROTO': _protocol,
    # Its length is for readers of streams; the bytes behind it are steps like any others.
    'FRAME': lambda m: m.spend(len(m.take(8))),
    'PERSID': _text_persistent,
}
STEPS: Dict[int, Step] = {getattr(pickle, name)[0]: step for name, step in _NAMED.items()}

# Source: torch/_weights_only_unpickler.py `Unpickler.load` (2.4 to 2.13); the frequent steps, which
# the machine runs itself, are all among them.
TORCH_STEPS = frozenset(
    getattr(pickle, name)[0]
    for name in (
        'APPEND APPENDS BINFLOAT BININT BININT2 BINPERSID BUILD EMPTY_DICT EMPTY_LIST EMPTY_SET '
        'EMPTY_TUPLE GLOBAL LONG1 NEWFALSE NEWOBJ NEWTRUE NONE PROTO REDUCE SETITEM SETITEMS '
        'SHORT_BINSTRING TUPLE1 TUPLE2 TUPLE3'
    ).split()
)
