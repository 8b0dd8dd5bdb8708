"""Read a pickle without importing or calling anything that it names.

Source: torch/serialization.py `persistent_id` of `_save` and `_legacy_save` (2.13).
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.pickles.dangerous_globals import dangerous_globals
from basicsr_weightcheck.checkpoint.pickles.machine import (
    DICT,
    ENTRY,
    TUPLE,
    PickleMachine,
    plain_key,
)
from basicsr_weightcheck.checkpoint.pickles.stand_ins import (
    Builder,
    Inert,
    RawTensor,
    StorageReference,
    StorageType,
    size,
    stand_in,
)
from basicsr_weightcheck.checkpoint.problems import Limits, exceeded, unsafe


class SafeUnpickler(PickleMachine):
    """The machine with its three doors closed: globals, persistent ids, extensions."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        super().__init__(data, limits)
        self.globals: List[str] = []
        self._stand_ins: Dict[str, Any] = {}
        self.storages: Dict[str, StorageReference] = {}
        self.tensors = 0

    def find_global(self, module: str, name: str) -> Any:
        """The stand-in for a global; nothing is imported.

        Raises:
            NotUnderstoodError: more names than `globals`.
        """
        full = f'{module}.{name}'
        if full not in self._stand_ins:
            # Counted: a file may name a million, and each is said in messages and JSON.
            if len(self.globals) >= self.limits.globals:
                raise exceeded('globals', self.limits.globals, len(self.globals) + 1)
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
        if self.tensors > self.limits.tensors:
            raise exceeded('tensors', self.limits.tensors, self.tensors)
        if len(made.shape) > self.limits.dimensions:
            raise exceeded('dimensions', self.limits.dimensions, len(made.shape))

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
        """A storage reference of the zip or the legacy format."""
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
    machine = SafeUnpickler(data, limits)
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
        raise exceeded('key_items', 1, len(value))
    return str(size(value))


def _view(value: Any) -> Any:
    if not isinstance(value, tuple) or len(value) < 3:
        return None
    return size(value[1]), size(value[2])
