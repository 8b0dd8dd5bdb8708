"""A pickle machine that builds plain data only, counts what it does, imports and calls nothing.

Two habits of the standard library's machine are left out on purpose: it makes room by numbers taken
from the file, and it hashes whatever a file uses as a key. The frequent steps are here, the others
in `steps`; globals, calls, states and persistent ids become stand-ins.

Source: Lib/pickletools.py and Lib/pickle.py `_Unpickler` (3.8 to 3.13), protocols 0 to 5;
torch/serialization.py `persistent_id` of `_save` and `_legacy_save` (2.13).
"""

from __future__ import annotations

import pickle
import re
import struct
import sys
from collections import OrderedDict
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.pickles.stand_ins import (
    Builder,
    Inert,
    RawTensor,
    StorageReference,
    StorageType,
    size,
    stand_in,
)
from basicsr_weightcheck.checkpoint.pickles.steps import (
    DICT,
    ENTRY,
    NUMBER,
    SLOT,
    STEPS,
    TORCH_STEPS,
    TUPLE,
    plain_key,
)
from basicsr_weightcheck.checkpoint.pickles.weights_only import dangerous_globals
from basicsr_weightcheck.checkpoint.problems import Limits, unsafe

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

    Attributes:
        at: the next byte; after `load` the end of the pickle.
        stack: values since the last mark.
        odd_step: code of the first step that torch's weights_only reader does not know.
        shortened: {id: (list or dict, numbers or entries of numbers that were stepped over)}.
        globals, storages, tensors: as in `Unpickled`.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.at = 0
        self.stack: List[Any] = []
        self.odd_step: Optional[int] = None
        self.shortened: Dict[int, Tuple[Any, int]] = {}
        self.limits: Limits = limits
        self.globals: List[str] = []
        self.storages: Dict[str, StorageReference] = {}
        self.tensors = 0
        self._stand_ins: Dict[str, Any] = {}
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
            steps = self.limits.pickle_steps - self._steps_left + 1
            raise self.limits.exceeded('pickle_steps', steps)
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
            self.limits.hold('pickle_growth', self._spent // max(self.at, 1))
            raise self.limits.exceeded('pickle_memory', self._spent)

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
        return int.from_bytes(self.take(size), 'little', signed=signed)

    def line(self, longest: int) -> bytes:
        """The rest of the line without its end, as the steps of protocol 0 ask for it.

        Raises:
            EOFError: it has none.
            NotUnderstoodError: it is longer than `longest` bytes.
        """
        end = self._data.find(b'\n', self.at)
        if end < 0:
            raise EOFError('the pickle ends early')
        if end - self.at > longest:
            raise self.limits._replace(line_bytes=longest).exceeded('line_bytes', end - self.at)
        line = self._data[self.at : end]
        self.at = end + 1
        return line

    def find_global(self, module: str, name: str) -> Any:
        """The stand-in for a global; nothing is imported.

        Raises:
            NotUnderstoodError: more names than `globals`.
        """
        full = f'{module}.{name}'
        if full not in self._stand_ins:
            # Counted: a file may name a million, and each is said in messages and JSON.
            self.limits.hold('globals', len(self.globals) + 1)
            self.spend(TUPLE + 2 * len(full))
            self.globals.append(full)
            self._stand_ins[full] = stand_in(module, name)
        return self._stand_ins[full]

    def call(self, function: Any, arguments: Any) -> Any:
        """The result of a call of a stand-in.

        Raises:
            NotUnderstoodError: more tensors, or dimensions of one, than the ceilings allow.
            UnpicklingError, TypeError, ValueError: the call is none that torch writes.
        """
        if not isinstance(arguments, tuple):
            raise pickle.UnpicklingError('a call without arguments')
        self.spend(2 * TUPLE)
        if isinstance(function, Builder):
            if function.build is None:
                return self._ordered(*arguments)
            made = function.build(*arguments)
            if isinstance(made, RawTensor):
                self._count_tensor(made)
            return made
        if isinstance(function, Inert):
            return Inert(function.type_name)
        raise pickle.UnpicklingError(f'{type(function).__name__} is called')

    def _count_tensor(self, made: RawTensor) -> None:
        self.tensors += 1
        self.limits.hold('tensors', self.tensors)
        self.limits.hold('dimensions', len(made.shape))

    def _ordered(self, pairs: Any = ()) -> Any:
        """An OrderedDict; Python 2 hands its pairs over as a list."""
        if not isinstance(pairs, (list, tuple)):
            raise TypeError('an OrderedDict of something else than pairs')
        self.spend(2 * DICT + ENTRY * len(pairs))
        made: Any = OrderedDict()  # mostly of nothing: the hooks of a tensor
        for key, value in pairs:
            made[plain_key(key, self.limits)] = value
        return made

    def set_state(self, target: Any, state: Any) -> None:
        """Keep the attributes of an OrderedDict (`_metadata`); drop those of anything else.

        Raises:
            UnpicklingError: a state for a number, a text, a storage.
        """
        if isinstance(target, OrderedDict) and isinstance(state, dict):
            # Nothing else: attributes of a dict could hide its own methods from whoever walks it.
            self.spend(2 * DICT)
            vars(target).update((k, v) for k, v in state.items() if k == '_metadata')
        elif isinstance(target, Inert):
            target.set_state(state)
        elif not isinstance(target, (RawTensor, OrderedDict)):
            raise pickle.UnpicklingError(f'a state for {type(target).__name__}')

    def swallow(self, target: Any) -> None:
        """A pickled subclass of list, dict or set takes items; nothing else does.

        Raises:
            UnpicklingError: the target is something else.
        """
        if not isinstance(target, Inert):
            raise pickle.UnpicklingError(f'items for {type(target).__name__}')

    def find_persistent(self, pid: Any) -> Any:
        """A storage reference. Raises LimitExceededError for a key that is a tuple."""
        self.spend(2 * TUPLE + ENTRY)
        if not isinstance(pid, tuple) or not pid:
            return Inert('persistent id')
        kind = _text(pid[0])
        if kind == 'module' and len(pid) > 1:
            return pid[1]  # (.., class, source file, source): a pickled network of the old format
        if kind != 'storage' or len(pid) < 5:
            return Inert('persistent id')
        _, storage, key, device, count = pid[:5]
        # A class of storage that is not known holds bytes; so does UntypedStorage.
        dtype = storage.dtype if isinstance(storage, StorageType) else 'uint8'
        view = _view(pid[5]) if len(pid) > 5 else None
        reference = StorageReference(dtype, _text(key), _text(device), size(count), view)
        self.storages[reference.key] = reference
        return reference


class Unpickled(NamedTuple):
    """What one pickle holds.

    Attributes:
        value: made of stand-ins and plain data.
        globals: 'module.name' of everything it names, in the order of first use.
        storages: {key: reference} of every storage, those of objects that are not built included.
        end: byte behind it.
        odd_step: code of the first step that torch's weights_only reader does not know, None
            where it knows them all.
        shortened: (list or dict, how many numbers or entries of numbers were stepped over) of
            those that are longer than `kept_numbers`.
        tensors: how many were made.
    """

    value: Any
    globals: Tuple[str, ...]
    storages: Dict[str, StorageReference]
    end: int
    odd_step: Optional[int] = None
    shortened: Tuple[Tuple[Any, int], ...] = ()
    tensors: int = 0


def unpickle(data: bytes, limits: Limits) -> Unpickled:
    """Read the pickle that `data` begins with.

    Raises:
        LimitExceededError, NotUnderstoodError: a ceiling was reached.
        UnsafePickleError: malformed after it has named a function that runs code: a reader that
            calls what it reads has called it by then.
        Exception: malformed input; the caller names it.
    """
    unpickled = unpickle_many(data, limits, 1)
    return unpickled._replace(value=unpickled.value[0])


def unpickle_many(data: bytes, limits: Limits, count: int) -> Unpickled:
    """The same for `count` pickles that follow each other; `value` is the list of theirs.

    Raises:
        Exception: as `unpickle`.
    """
    machine = PickleMachine(data, limits)
    values = []
    try:
        for _ in range(count):
            values.append(machine.load(machine.at))
    except Exception as error:  # of whatever kind: what was named before it counts
        dangerous = dangerous_globals(machine.globals)
        if dangerous:
            raise unsafe(dangerous) from error
        raise
    return Unpickled(
        values,
        tuple(machine.globals),
        machine.storages,
        machine.at,
        machine.odd_step,
        tuple(machine.shortened.values()),
        machine.tensors,
    )


def _text(value: Any) -> str:
    """A key or a place; Python 2 writes bytes. Never the text of something large."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode('utf-8', 'replace')
    if isinstance(value, tuple):  # torch would hash it
        raise Limits(key_items=1).exceeded('key_items', len(value))
    return str(size(value))


def _view(value: Any) -> Any:
    if not isinstance(value, tuple) or len(value) < 3:
        return None
    return size(value[1]), size(value[2])
