"""A pickle machine that builds plain data only, counts what it does and calls nothing.

Two habits of the standard library's machine are left out on purpose: it makes room by numbers taken
from the file, and it hashes whatever a file uses as a key. The frequent steps are here, the others
in `pickle_steps`.

Source: Lib/pickletools.py and Lib/pickle.py `_Unpickler` (3.8 to 3.13), protocols 0 to 5.
"""

from __future__ import annotations

import pickle
import re
import struct
import sys
from typing import Any, Callable, Dict, List, Optional, Tuple

from basicsr_weightcheck.checkpoint.problems import Limits, exceeded

# Keys of dicts and members of sets that can be hashed in no time.

_PLAIN = (str, bytes, float, bool, type(None))
TEXT_CHARACTERS = 200  # of a text in a tuple that is a key


class OddKey:
    """Stands for a key that is neither text nor number.

    Two are equal where they read alike: tuples can be made to collide by the million, the hash of
    a text cannot be foretold. What does not read as a value is equal to itself only.

    Attributes:
        value: the key where it is a tuple of numbers and texts, Ellipsis for any other.
        text: how it is shown.
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
        if key.bit_length() > limits.key_bits:
            raise exceeded('key_bits', limits.key_bits, key.bit_length())
        return key
    if isinstance(key, (list, dict, set)):
        raise TypeError(f'{type(key).__name__} used as a key')
    _weigh(key, limits.key_items)
    return OddKey(key)


def _weigh(key: Any, most: int) -> None:
    """Count what hashing a key goes through, shared parts each time; it is never hashed here."""
    waiting: List[Any] = [key]
    for _ in range(most):
        if not waiting:
            return
        item = waiting.pop()
        if isinstance(item, (tuple, frozenset)):
            waiting.extend(list(item)[: most + 1])
    raise exceeded('key_items', most, most + 1)


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
#
# Source: Lib/pickletools.py `opcodes`; the names are those of Lib/pickle.py, which also tells
# what protocol 0 writes.

Step = Callable[['PickleMachine'], None]
# Bytes that they take in CPython, an entry with its place in the table: what a file makes the
# machine build is held against `pickle_memory`.
NUMBER, SLOT, TUPLE, LIST, DICT, ENTRY, SET = 36, 8, 64, 96, 72, 168, 224
# Escapes of Python 2's repr, which protocol 0 writes texts as.
_ESCAPE = re.compile(rb'\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)', re.S)
_ESCAPED = {b'n': b'\n', b't': b'\t', b'r': b'\r', b'\\': b'\\', b"'": b"'", b'"': b'"'}


def _integer(machine: PickleMachine, size: int) -> None:
    if size > machine.limits.integer_bytes:
        raise exceeded('integer_bytes', machine.limits.integer_bytes, size)
    machine.push(machine.number(size, signed=True), NUMBER + size)


def _text_int(machine: PickleMachine) -> None:
    line = machine.line(machine.limits.integer_bytes)
    constants = {b'00': False, b'01': True}
    machine.push(constants[line] if line in constants else int(line.rstrip(b'L')), NUMBER)


def _text_float(machine: PickleMachine) -> None:
    machine.push(float(machine.line(machine.limits.line_bytes)), NUMBER)


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


def _pop(machine: PickleMachine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.pop_mark()


def _text_get(machine: PickleMachine) -> None:
    machine.stack.append(machine.recall(_index(machine)))


def _text_put(machine: PickleMachine) -> None:
    machine.remember(_index(machine))


def _index(machine: PickleMachine) -> int:
    index = int(machine.line(machine.limits.integer_bytes))
    if index < 0:  # Python's list would count from its end
        raise ValueError('a negative place in the memo')
    return index


def _named(machine: PickleMachine) -> Any:
    longest = machine.limits.line_bytes
    module, name = machine.line(longest), machine.line(longest)
    return machine.find_global(module.decode('utf-8'), name.decode('utf-8'))


def _global(machine: PickleMachine) -> None:
    machine.stack.append(_named(machine))


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
    'FLOAT': _text_float,
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
    'POP': _pop,
    'DUP': lambda m: m.stack.append(m.stack[-1]),
    'POP_MARK': lambda m: m.pop_mark().clear(),
    'GET': _text_get,
    'PUT': _text_put,
    'MEMOIZE': lambda m: m.remember(),
    'EXT1': _sized(_extension, 1),
    'EXT2': _sized(_extension, 2),
    'EXT4': _sized(_extension, 4),
    'GLOBAL': _global,
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


_U32, _I32 = struct.Struct('<I'), struct.Struct('<i')
_MARK, _BINPUT, _LONG_BINPUT, _BINGET, _LONG_BINGET = b'(qrhj'
_BINUNICODE, _BININT, _BININT1, _TUPLE, _TUPLE1, _STOP = b'XJKt\x85.'
_REDUCE, _BINPERSID = b'RQ'
_CONSTANTS = {ord(')'): (), ord('N'): None, 0x88: True, 0x89: False}
STEPS_PER_LOOK = 1 << 15  # between two looks little is built; beside so many steps a look is free
MARKED, FAR = 10 * SLOT, 168  # bytes of a mark, of a memo entry out of order
LARGEST_GAP = 16  # Python 2 numbers its memo from 1
_NOTHING = object()
# What a pickler writes behind a MARK for up to 1,000 numbers of a list, or entries of numbers of a
# dict: BINFLOAT, BININT, BININT2, BININT1, None and booleans up to APPENDS or SETITEMS.
NUMBER_STEP = rb'(?:G[\s\S]{8}|J[\s\S]{4}|M[\s\S]{2}|K[\s\S]|[N\x88\x89])'
_LONG = (list, dict)
_NUMBERS = re.compile(NUMBER_STEP + rb'{1,2000}[eu]')
_ONE_NUMBER = re.compile(NUMBER_STEP)


class PickleMachine:
    """Runs the pickles that follow each other in `data`, all within one set of ceilings.

    Subclasses say what a global, a call, a state and a persistent id become.

    Attributes:
        at: the next byte; after `load` the end of the pickle.
        stack: values since the last mark.
        odd_step: code of the first step that torch's weights_only reader does not know.
        shortened: {id: (list or dict, numbers or entries of numbers that were stepped over)}.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.at = 0
        self.stack: List[Any] = []
        self.odd_step: Optional[int] = None
        self.shortened: Dict[int, Tuple[Any, int]] = {}
        self.limits = limits
        self._data = data
        self._steps_left = limits.pickle_steps
        self._spent = 0
        self._marked: List[List[Any]] = []
        self._memo: List[Any] = []
        self._far_memo: Dict[int, Any] = {}

    # The one function above the limit of complexity, on purpose: a tensor takes about 45 steps, and
    # a call of a function costs more than most of them do. The branches are roughly in the order of
    # frequency in state dicts; what is not among them is looked up in STEPS.
    def load(self, at: int) -> Any:  # noqa: C901
        """Return what the pickle at byte `at` describes.

        Raises:
            LimitExceededError, NotUnderstoodError: a ceiling was reached.
            pickle.UnpicklingError, LookupError, ValueError, ...: malformed input.
        """
        # Local names: an attribute costs a look-up at every step.
        data, u32, i32 = self._data, _U32.unpack_from, _I32.unpack_from
        kept = self.limits.kept_numbers
        stack = self.stack = []
        memo = self._memo = []
        self._marked, self._far_memo = [], {}
        # No bound of `data` is checked here: beyond it are IndexError and struct.error, malformed.
        while True:
            self.at = at
            self._look()
            for _ in range(STEPS_PER_LOOK):
                step = data[at]
                at += 1
                if step == _LONG_BINPUT or step == _BINPUT:
                    if step == _BINPUT:
                        place = data[at]
                        at += 1
                    else:
                        place = u32(data, at)[0]
                        at += 4
                    if place == len(memo):  # pickles of every origin number their memo in order
                        memo.append(stack[-1])
                    else:
                        self.remember(place)
                elif step == _BINGET:
                    stack.append(memo[data[at]])
                    at += 1
                elif step == _BININT1:
                    stack.append(data[at])
                    at += 1
                elif step == _BINUNICODE:
                    end = at + 4 + u32(data, at)[0]
                    self.push_text(at + 4, end)
                    at = end
                elif step == _MARK:
                    if stack and type(stack[-1]) in _LONG and len(stack[-1]) > kept:
                        behind = self.step_over(at)
                        if behind > at:
                            at = behind
                            continue
                    self._marked.append(stack)
                    stack = self.stack = []
                elif step == _TUPLE:
                    made = tuple(stack)
                    stack = self.stack = self._marked.pop()
                    stack.append(made)
                    self._spent += TUPLE + SLOT * len(made)
                elif step == _BININT:
                    stack.append(i32(data, at)[0])
                    self._spent += NUMBER
                    at += 4
                elif step == _TUPLE1:
                    stack[-1] = (stack[-1],)
                    self._spent += TUPLE
                elif step == _REDUCE:
                    arguments = stack.pop()
                    stack[-1] = self.call(stack[-1], arguments)
                elif step == _BINPERSID:
                    stack[-1] = self.find_persistent(stack[-1])
                elif step in _CONSTANTS:
                    stack.append(_CONSTANTS[step])
                elif step == _LONG_BINGET:
                    stack.append(self.recall(u32(data, at)[0]))
                    at += 4
                elif step == _STOP:
                    self.at = at
                    return stack.pop()
                else:
                    self.at = at
                    if step not in TORCH_STEPS and self.odd_step is None:
                        self.odd_step = step
                    STEPS[step](self)
                    at, stack = self.at, self.stack  # the step may have closed a mark

    def _look(self) -> None:
        """Count what the frequent steps do not count one by one."""
        if self._steps_left <= 0:
            steps = self.limits.pickle_steps
            raise exceeded('pickle_steps', steps, steps - self._steps_left + 1)
        self._steps_left -= STEPS_PER_LOOK
        slots = len(self.stack) + len(self._memo)
        passing = SLOT * slots + MARKED * len(self._marked) + FAR * len(self._far_memo)
        self.spend(passing)  # stack and memo shrink again: they count while they are there
        self._spent -= passing

    def step_over(self, at: int) -> int:
        """The byte behind numbers that would go into the long list or dict on top of the stack.

        They are counted and not made: a training may keep a million losses beside its weights.
        `at` where something else follows.
        """
        found = _NUMBERS.match(self._data, at)
        target = self.stack[-1]
        if found is None or (found.group()[-1:] == b'e') is not isinstance(target, list):
            return at
        count = len(_ONE_NUMBER.findall(self._data, at, found.end() - 1))
        if isinstance(target, dict):
            count //= 2
        before = self.shortened.get(id(target), (target, 0))[1]
        self.shortened[id(target)] = (target, before + count)
        return found.end()

    def spend(self, byte_count: int) -> None:
        """Count memory that a step takes.

        Raises:
            NotUnderstoodError: more than `pickle_memory`.
            LimitExceededError: so, and `pickle_growth` times the bytes that were read.
        """
        self._spent += byte_count
        if self._spent > self.limits.pickle_memory:
            growth = self._spent // max(self.at, 1)
            if growth > self.limits.pickle_growth:
                raise exceeded('pickle_growth', self.limits.pickle_growth, growth)
            raise exceeded('pickle_memory', self.limits.pickle_memory, self._spent)

    def remember(self, index: int = -1) -> None:
        """Keep the value on top of the stack; pickles of every origin number their memo in order.

        Args:
            index: where; -1 for the next free place.
        """
        memo, value = self._memo, self.stack[-1]
        if index == len(memo) or index < 0:
            memo.append(value)
        elif index < len(memo):
            memo[index] = value
        # A list up to the index would make room by a number of the file: 4 bytes could ask for GiB.
        elif index - len(memo) <= LARGEST_GAP:
            memo += [_NOTHING] * (index - len(memo)) + [value]
        else:
            self._far_memo[index] = value

    def recall(self, index: int) -> Any:
        """A value that was kept. Raises KeyError."""
        return self._memo[index] if 0 <= index < len(self._memo) else self._far_memo[index]

    def push(self, value: Any, byte_count: int) -> None:
        """Put a value on the stack and count it."""
        self.spend(byte_count)
        self.stack.append(value)

    def push_text(self, at: int, end: int) -> None:
        """Put the UTF-8 text between two bytes on the stack; counted at the next look.

        Raises:
            EOFError: the pickle ends before.
        """
        if end > len(self._data):
            raise EOFError('the pickle ends early')
        text = str(self._data[at:end], 'utf-8', 'surrogatepass')
        self._spent += sys.getsizeof(text)
        self.stack.append(text)

    def pop_mark(self) -> List[Any]:
        """The values since the last mark; both are gone from the stack."""
        items, self.stack = self.stack, self._marked.pop()
        return items

    def take(self, size: int) -> bytes:
        """The next bytes. Raises EOFError where there are not as many."""
        end = self.at + size
        if end > len(self._data):
            raise EOFError('the pickle ends early')
        chunk = self._data[self.at : end]
        self.at = end
        return chunk

    def number(self, size: int, signed: bool = False) -> int:
        """The next bytes as an integer."""
        return int.from_bytes(self.take(size), 'little', signed=signed)

    def line(self, longest: int) -> bytes:
        """The rest of the line without its end, as the steps of protocol 0 ask for it.

        Raises:
            NotUnderstoodError: it is longer than `longest` bytes.
        """
        end = self._data.find(b'\n', self.at)
        if end < 0:
            raise EOFError('the pickle ends early')
        if end - self.at > longest:
            raise exceeded('line_bytes', longest, end - self.at)
        line = self._data[self.at : end]
        self.at = end + 1
        return line

    def find_global(self, module: str, name: str) -> Any:
        """What stands for a class or function that the pickle names."""
        raise NotImplementedError

    def call(self, function: Any, arguments: Any) -> Any:
        """What the call of something that stands for a function gives."""
        raise NotImplementedError

    def set_state(self, target: Any, state: Any) -> None:
        """Take note of the state of an object."""
        raise NotImplementedError

    def swallow(self, target: Any) -> None:
        """Items go into something that is no list, dict or set; raises where nothing can."""
        raise NotImplementedError

    def find_persistent(self, pid: Any) -> Any:
        """What a persistent id stands for."""
        raise NotImplementedError
