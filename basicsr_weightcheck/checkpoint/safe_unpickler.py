"""Read a pickle without importing or calling anything that it names.

Every global becomes an inert stub; only the few that describe tensors are understood.

Source: torch/_utils.py `_rebuild_*`, torch/serialization.py `persistent_id` (2.13).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.dtypes import STORAGE_CLASSES, WIDTH, dtype_of_global
from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.pickle_machine import CountedMachine


@dataclass(frozen=True)
class StorageType:
    """Stands for torch.FloatStorage and its kin."""

    dtype: str


@dataclass(frozen=True)
class DtypeName:
    """Stands for torch.float32 and its kin."""

    name: str


class StorageReference(NamedTuple):
    """What a persistent id says: `count` elements of `dtype` under `key`.

    `view` is (element offset, element count) of a legacy storage view, None otherwise.
    """

    dtype: str
    key: str
    device: str
    count: int  # type: ignore[assignment]  # hides tuple.count
    view: Optional[Tuple[int, int]] = None

    @property
    def byte_count(self) -> int:
        return self.count * WIDTH[self.dtype]


class RawTensor(NamedTuple):
    """A tensor record before it is given a key. `offset` and `stride` are in elements."""

    storage: StorageReference
    dtype: str
    offset: int
    shape: Tuple[int, ...]
    stride: Tuple[int, ...]


class Inert:
    """Any object the reader does not build: swallows whatever the pickle does to it."""

    type_name = ''

    def __new__(cls, *_: Any, **__: Any) -> Inert:
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        self.state: Any = None

    def __call__(self, *_: Any, **__: Any) -> Inert:
        return self

    def __setstate__(self, state: Any) -> None:
        self.state = None

    def append(self, _: Any) -> None:
        """A pickled list subclass appends through this."""

    def extend(self, _: Any) -> None:
        """A pickled list subclass extends through this."""

    def add(self, _: Any) -> None:
        """A pickled set subclass adds through this."""

    def __setitem__(self, key: Any, value: Any) -> None:
        """A pickled dict subclass stores through this."""


class SafeUnpickler(CountedMachine):
    """The machine with its three doors closed: globals, persistent ids, extensions."""

    def __init__(self, data: bytes, at: int, ceiling: int) -> None:
        super().__init__(data, at, ceiling)
        self.globals: List[str] = []
        self._stubs: Dict[Tuple[str, str], Any] = {}

    def find_class(self, module: Any, name: Any) -> Any:
        """The stand-in for a global; nothing is imported."""
        place = (str(module), str(name))
        if place not in self._stubs:
            self.globals.append('.'.join(place))
            self._stubs[place] = _stand_in(*place)
        return self._stubs[place]

    def get_extension(self, code: int) -> None:
        """Extension codes name globals through the process's own registry: never followed."""
        self.append(Inert())

    def persistent_load(self, pid: Any) -> Any:
        """A storage reference of the zip or the legacy format."""
        if not isinstance(pid, tuple) or not pid:
            return Inert()
        if pid[0] != 'storage' or len(pid) < 5:
            # ('module', class, source file, source): a whole pickled module of the legacy format.
            return pid[1] if pid[0] == 'module' and len(pid) > 1 else Inert()
        _, kind, key, device, count = pid[:5]
        dtype = kind.dtype if isinstance(kind, StorageType) else 'uint8'
        view = pid[5] if len(pid) > 5 and isinstance(pid[5], tuple) else None
        window = (int(view[1]), int(view[2])) if view else None
        return StorageReference(dtype, str(key), str(device), _size(count), window)


def unpickle(data: bytes, limits: Limits, at: int = 0) -> Tuple[Any, Tuple[str, ...], int]:
    """Return (object of stand-ins, globals named, end) of the pickle that begins at byte `at`.

    Raises:
        LimitExceededError: more steps than `limits.pickle_opcodes`.
        Exception: what the standard machine raises on malformed input; the caller names them.
    """
    machine = SafeUnpickler(data, at, limits.pickle_opcodes)
    value = machine.load()
    return value, tuple(machine.globals), machine.at


def _stand_in(module: str, name: str) -> Any:
    if (module, name) == ('collections', 'OrderedDict'):
        return OrderedDict
    if module.startswith('torch') and name in STORAGE_CLASSES:
        return StorageType(STORAGE_CLASSES[name])
    dtype = dtype_of_global(module, name)
    if dtype is not None:
        return DtypeName(dtype)
    known = _BUILDERS.get((module, name))
    if known is not None:
        return known
    return type('Inert', (Inert,), {'type_name': f'{module}.{name}'})


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f'{value!r} is not a size')
    return value


def _sizes(values: Any) -> Tuple[int, ...]:
    return tuple(_size(value) for value in values)


def _tensor(storage: Any, offset: Any, shape: Any, stride: Any, *_: Any) -> Any:
    if not isinstance(storage, StorageReference):
        return Inert()
    base = storage.view[0] if storage.view else 0
    return RawTensor(storage, storage.dtype, _size(offset) + base, _sizes(shape), _sizes(stride))


def _tensor_v3(
    storage: Any, offset: Any, shape: Any, stride: Any, grad: Any, hooks: Any, dtype: Any, *_: Any
) -> Any:
    if not isinstance(storage, StorageReference) or not isinstance(dtype, DtypeName):
        return Inert()
    return RawTensor(storage, dtype.name, _size(offset), _sizes(shape), _sizes(stride))


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _tuple(values: Any = ()) -> Tuple[Any, ...]:
    return tuple(values)


_BUILDERS: Dict[Tuple[str, str], Any] = {
    ('torch._utils', '_rebuild_tensor'): _tensor,
    ('torch._utils', '_rebuild_tensor_v2'): _tensor,
    ('torch._utils', '_rebuild_tensor_v3'): _tensor_v3,
    ('torch._utils', '_rebuild_parameter'): _parameter,
    ('torch._utils', '_rebuild_parameter_with_state'): _parameter,
    ('torch', 'Size'): _tuple,
}
