"""The pickle machine: the standard library's own, with its hot steps unrolled and counted.

The pure Python machine is used on purpose: the C one sizes its memo by a number taken from the
file. Nine tenths of the steps of a state dict are the ten that `load` does itself; every other one
is the standard library's method.

Source: Lib/pickle.py `_Unpickler` (3.8 to 3.13).
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import Any, Callable, Dict, List

from basicsr_weightcheck.errors import LimitExceededError

_U32 = struct.Struct('<I')
_MARK, _BINPUT, _LONG_BINPUT, _BINGET, _LONG_BINGET = b'(qrhj'
_BINUNICODE, _BININT1, _BININT2, _TUPLE, _STOP = b'XKMt.'


class CountedMachine(pickle._Unpickler):  # type: ignore[misc, name-defined, unused-ignore]
    """Runs one pickle that begins at byte `at` of `data`, at most `ceiling` steps of it.

    Attributes:
        at: the next byte; after `load` the end of the pickle.
    """

    append: Callable[[Any], None]
    memo: Dict[int, Any]

    def __init__(self, data: bytes, at: int, ceiling: int) -> None:
        super().__init__(io.BytesIO(), encoding='utf-8', errors='surrogateescape')
        self._data = data
        self._left = ceiling
        self.at = at
        self.read = self._take

    def load(self) -> Any:  # noqa: C901 - one branch for each step, all of one kind
        """Return the object that the pickle describes.

        Raises:
            LimitExceededError: more steps than the ceiling.
            Exception: what the standard machine raises on malformed input.
        """
        data, memo, u32 = self._data, self.memo, _U32.unpack_from
        metastack: List[List[Any]] = []
        self.metastack = metastack
        self.proto = 0
        self._set_stack([])
        at = self.at
        for _ in range(self._left):
            step = data[at]
            at += 1
            stack = self.stack
            if step == _LONG_BINPUT:
                memo[u32(data, at)[0]] = stack[-1]
                at += 4
            elif step == _BININT1:
                stack.append(data[at])
                at += 1
            elif step == _BINGET:
                stack.append(memo[data[at]])
                at += 1
            elif step == _BINUNICODE:
                end = at + 4 + u32(data, at)[0]
                stack.append(str(data[at + 4 : end], 'utf-8', 'surrogatepass'))
                at = end
            elif step == _MARK:
                metastack.append(stack)
                self._set_stack([])
            elif step == _TUPLE:
                self._set_stack(metastack.pop())
                self.append(tuple(stack))
            elif step == _LONG_BINGET:
                stack.append(memo[u32(data, at)[0]])
                at += 4
            elif step == _BINPUT:
                memo[data[at]] = stack[-1]
                at += 1
            elif step == _BININT2:
                stack.append(data[at] | data[at + 1] << 8)
                at += 2
            elif step == _STOP:
                self.at = at
                return stack.pop()
            else:
                self.at = at
                _STEPS[step](self)
                at = self.at
        raise LimitExceededError('the pickle takes more steps than any weight file needs.')

    def _set_stack(self, stack: List[Any]) -> None:
        self.stack = stack
        self.append = stack.append

    def _take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self._data):
            raise EOFError('the pickle ends early')
        chunk = self._data[self.at : end]
        self.at = end
        return chunk

    def readline(self) -> bytes:
        """The rest of the line, as the text steps ask for it."""
        end = self._data.find(b'\n', self.at) + 1
        if not end:
            raise EOFError('the pickle ends early')
        return self._take(end - self.at)

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`, as BYTEARRAY8 asks for it."""
        buffer[:] = self._take(len(buffer))
        return len(buffer)

    def load_frame(self) -> None:
        """A frame only groups the steps that follow it."""
        self._take(8)

    def load_bytearray8(self) -> None:
        """The standard step makes room for the announced size before it looks for the bytes."""
        self.append(bytearray(self._take(int.from_bytes(self._take(8), 'little'))))


_STEPS: Dict[int, Callable[[Any], None]] = {
    **pickle._Unpickler.dispatch,  # type: ignore[attr-defined, unused-ignore]
    pickle.FRAME[0]: CountedMachine.load_frame,
    pickle.BYTEARRAY8[0]: CountedMachine.load_bytearray8,
}
