"""Turn what the unpickler built into records: mappings, tensors, plain values.

The records are a tree of at most `LEVELS` levels, whatever the file holds, so that nothing that
walks through them loops or sinks: a container that holds itself becomes a leaf, one without a
tensor that is too large or too deep as well, and what holds tensors below the last level becomes a
tree of its own (`Part`). Ceilings that end in an error are only for what holds tensors.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict, deque
from typing import Any, Callable, Deque, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from basicsr_weightcheck.checkpoint.containers.geometry import check_geometry
from basicsr_weightcheck.checkpoint.pickles.machine import Unpickled
from basicsr_weightcheck.checkpoint.pickles.stand_ins import (
    Builder,
    DtypeName,
    Inert,
    LayoutName,
    RawTensor,
    StorageReference,
)
from basicsr_weightcheck.checkpoint.pickles.steps import OddKey
from basicsr_weightcheck.checkpoint.problems import Limits
from basicsr_weightcheck.records.tensors import (
    RECURSIVE,
    FileDict,
    Listing,
    Opaque,
    Scalar,
    StorageSpec,
    TensorSpec,
    Value,
    contiguous_stride,
)

TEXT_CHARACTERS = 200
LEVELS = 64  # of the tree; a training state has about 6
CONTAINERS = (dict, list, tuple, set, frozenset)
_BEARING = (*CONTAINERS, RawTensor)  # a RawTensor is a tuple as well: it is asked first
SMALL = 16  # items of a container that is rather looked through again than remembered
PASSES = 32  # one is enough for what is no cycle of cycles
StorageLookup = Callable[[StorageReference], StorageSpec]
Names = Tuple[str, ...]


class Part(NamedTuple):
    """A tree of records.

    Attributes:
        names: of the mappings in which it lies, from the root on; None where a list is among them.
        value: what it is.
    """

    names: Optional[Names]
    value: Value


class _Place(NamedTuple):
    """Where a value lies: its names as in `Part`, and the containers around it (their `id`)."""

    names: Optional[Names]
    around: Tuple[int, ...]
    level: int

    def inside(self, container: Any, name: Optional[str]) -> _Place:
        """The place of a member, `name` None in a list."""
        names = None if self.names is None or name is None else (*self.names, name)
        return _Place(names, (*self.around, id(container)), self.level + 1)


class TreeBuilder:
    """Builds records from one unpickled object, within the limits.

    Args:
        find_storage: where the bytes of a storage reference lie.
        limits: ceilings on nodes and depth.
    """

    def __init__(self, find_storage: StorageLookup, limits: Limits) -> None:
        self._find_storage = find_storage
        self._limits = limits
        self._nodes_left = limits.nodes
        self._beside_left = limits.beside
        self._storages: Dict[StorageReference, StorageSpec] = {}
        self._carriers: Set[int] = set()
        self._stepped_over: Dict[int, int] = {}
        self._waiting: Deque[Tuple[Any, _Place]] = deque()

    def build(self, unpickled: Unpickled) -> Tuple[Part, ...]:
        """What was unpickled as records; the first part is the root.

        Raises:
            NotUnderstoodError: too many or too deeply nested values around tensors.
            CorruptCheckpointError: a tensor that does not fit its storage.
        """
        root = unpickled.value
        if unpickled.tensors:
            self._carriers = carriers(root, self._limits)
        self._stepped_over = {id(target): count for target, count in unpickled.shortened}
        self._waiting.append((root, _Place((), (), 0)))
        parts = []
        while self._waiting:  # what lies too deep for one tree begins one of its own
            value, place = self._waiting.popleft()
            parts.append(Part(place.names, self._value(value, '', place._replace(level=0))))
        return tuple(parts)

    def _value(self, value: Any, key: str, place: _Place) -> Value:
        """The record of one value; `key` names a tensor."""
        if isinstance(value, RawTensor):
            self._count(1)
            return self._tensor(value, key)
        if not isinstance(value, CONTAINERS):
            return self._plain(value)
        if id(value) in place.around:
            return Opaque(RECURSIVE)
        if id(value) not in self._carriers:
            return self._beside(value, place)
        return self._carrier(value, place)

    def _carrier(self, value: Any, place: _Place) -> Value:
        """Of a container that holds a tensor somewhere."""
        self._limits.hold('depth', len(place.around) + 1)
        if place.level >= LEVELS:
            self._waiting.append((value, place))
            return Opaque(self._summary(value))
        self._count(1 + len(value) + self._stepped_over.get(id(value), 0))
        return self._container(value, place)

    def _beside(self, value: Any, place: _Place) -> Value:
        """Of one that holds none: as much of it as there is room for."""
        size = len(value) + self._stepped_over.get(id(value), 0)
        if size > self._beside_left or place.level >= LEVELS:
            return Opaque(self._summary(value))
        self._beside_left -= size
        return self._container(value, place)

    def _count(self, nodes: int) -> None:
        self._nodes_left -= nodes
        if self._nodes_left < 0:
            raise self._limits.exceeded('nodes', self._limits.nodes - self._nodes_left)

    def _tensor(self, raw: RawTensor, key: str) -> TensorSpec:
        check_geometry(raw, key)
        storage = None
        if raw.storage is not None:
            storage = self._storages.get(raw.storage)
            if storage is None:  # tied tensors and views share the record, as they share the bytes
                storage = self._storages[raw.storage] = self._find_storage(raw.storage)
        stride = None if raw.stride == contiguous_stride(raw.shape) else raw.stride
        return TensorSpec(key, raw.shape, raw.dtype, storage, raw.offset, stride, None, raw.form)

    def _container(self, value: Any, place: _Place) -> Value:
        if isinstance(value, dict):
            return self._mapping(value, place)
        inside = place.inside(value, None)
        items = tuple(self._value(item, '', inside) for item in value)
        return Listing(items, _kind(value))

    def _mapping(self, value: Dict[Any, Any], place: _Place) -> FileDict:
        entries: List[Tuple[str, Value]] = []
        odd: List[Tuple[int, Any]] = []
        for key, item in dict.items(value):
            name = self._name(key, value, item)
            if not isinstance(key, str):
                odd.append((len(entries), key.value if isinstance(key, OddKey) else key))
            if isinstance(item, RawTensor):
                entries.append((name, self._tensor(item, name)))
            elif isinstance(item, CONTAINERS):
                entries.append((name, self._value(item, name, place.inside(value, name))))
            else:
                entries.append((name, self._plain(item)))
        ordered = isinstance(value, OrderedDict)
        metadata = vars(value).get('_metadata') if ordered else None
        return FileDict(tuple(entries), ordered, self._versions(metadata), tuple(odd))

    def _name(self, key: Any, table: Dict[Any, Any], item: Any) -> str:
        name = key if isinstance(key, str) else _shown(key)
        if len(name) > self._limits.key_length:
            if isinstance(item, RawTensor) or id(item) in self._carriers:
                raise self._limits.exceeded('key_length', len(name))
            return name[: self._limits.key_length]
        if not isinstance(key, str) and dict.__contains__(table, name):
            return f'{name} ({type(key).__name__})'  # a text of the same table reads alike
        return name

    def _versions(self, metadata: Any) -> Optional[Tuple[Tuple[str, Optional[int]], ...]]:
        if not isinstance(metadata, dict):
            return None
        self._count(len(metadata))
        pairs = []
        for module, entry in dict.items(metadata):
            version = entry.get('version') if isinstance(entry, dict) else None
            name = module if isinstance(module, str) else _shown(module)
            self._limits.hold('key_length', len(name))
            pairs.append((name, version if isinstance(version, int) else None))
        return tuple(pairs)

    def _summary(self, value: Any) -> str:
        return f'{_kind(value)} ({len(value) + self._stepped_over.get(id(value), 0)})'

    def _plain(self, value: Any) -> Value:
        if isinstance(value, str):
            return Scalar(value[:TEXT_CHARACTERS])
        if value is None or isinstance(value, (bool, int, float)):
            return Scalar(value)
        if isinstance(value, Inert):
            return Opaque(value.type_name, value.is_module)
        if isinstance(value, Builder):
            return Opaque(value.type_name)
        if isinstance(value, (DtypeName, LayoutName)):
            return Opaque(f'torch.{value.name}')
        return Opaque(type(value).__name__)


def _shown(key: Any) -> str:
    """A key that is no text, in one line."""
    return repr(key[:TEXT_CHARACTERS]) if isinstance(key, bytes) else repr(key)


def _kind(value: Any) -> str:
    for kind in (dict, list, tuple):
        if isinstance(value, kind):
            return kind.__name__
    return 'set'


def members(container: Any) -> Iterable[Any]:
    """What lies in a container: the values of a dict, the items of anything else."""
    # dict.values, not container.values: a pickle can plant an attribute of that name.
    return dict.values(container) if isinstance(container, dict) else container


def _inner(container: Any) -> List[Any]:
    return [one for one in members(container) if isinstance(one, _BEARING)]


def carriers(root: Any, limits: Limits) -> Set[int]:
    """The `id` of every container from which a tensor can be reached, cycles included.

    Every container is looked through once, whatever refers to it; nothing here is recursive.

    Raises:
        NotUnderstoodError: cycles through cycles without end.
    """
    found: Set[int] = set()
    above, below = array('Q'), array('Q')  # a container, and one that lies in it
    seen: Set[int] = set()
    waiting = [root] if isinstance(root, CONTAINERS) else []
    while waiting:
        container = waiting.pop()
        own = id(container)
        if own in seen:
            continue
        inner = _inner(container)
        if inner or len(container) > SMALL:
            seen.add(own)
        for one in inner:
            if isinstance(one, RawTensor):
                found.add(own)
            elif one:
                above.append(own)
                below.append(id(one))
                waiting.append(one)
    _spread(found, above, below, limits)
    return found


def _spread(found: Set[int], above: array[int], below: array[int], limits: Limits) -> None:
    """Add what holds something found. What was met later mostly lies deeper, so it comes first."""
    for _ in range(PASSES):
        before = len(found)
        for at in range(len(below) - 1, -1, -1):
            if below[at] in found:
                found.add(above[at])
        if len(found) == before:
            return
    raise limits.exceeded('nodes', len(below))
