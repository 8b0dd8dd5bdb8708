"""Turn what the unpickler built into records: mappings, tensors, plain values."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, List, Optional, Tuple

from basicsr_weightcheck.checkpoint.geometry import check_geometry, contiguous_stride
from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.problems import exceeded
from basicsr_weightcheck.checkpoint.stand_ins import (
    Builder,
    DtypeName,
    Inert,
    RawTensor,
    StorageReference,
)
from basicsr_weightcheck.records.tensors import (
    Listing,
    Mapping,
    Opaque,
    Scalar,
    StorageSpec,
    TensorSpec,
    Value,
)

TEXT_CHARACTERS = 200
StorageLookup = Callable[[StorageReference], StorageSpec]


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
        self._storages: Dict[StorageReference, StorageSpec] = {}

    def build(self, value: Any, key: str = '', depth: int = 0) -> Value:
        """The record of one value; `key` names a tensor.

        Raises:
            LimitExceededError: too many or too deeply nested values (self-references included).
            CorruptCheckpointError: a tensor that does not fit its storage.
        """
        self._count(1)
        if depth > self._limits.depth:
            raise exceeded('depth', self._limits.depth, depth)
        if isinstance(value, RawTensor):
            return self._tensor(value, key)
        if isinstance(value, dict):
            return self._mapping(value, depth)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._listing(value, depth)
        return _plain(value)

    def _count(self, nodes: int) -> None:
        self._nodes_left -= nodes
        if self._nodes_left < 0:
            ceiling = self._limits.nodes
            raise exceeded('nodes', ceiling, ceiling - self._nodes_left)

    def _tensor(self, raw: RawTensor, key: str) -> TensorSpec:
        check_geometry(raw, key)
        storage = self._storages.get(raw.storage)
        if storage is None:
            storage = self._storages[raw.storage] = self._find_storage(raw.storage)
        stride = None if raw.stride == contiguous_stride(raw.shape) else raw.stride
        return TensorSpec(key, raw.shape, raw.dtype, storage, raw.offset, stride)

    def _mapping(self, value: Dict[Any, Any], depth: int) -> Mapping:
        # dict.items, not value.items: a pickle can plant an attribute of that name.
        entries: List[Tuple[str, Value]] = []
        for key, item in dict.items(value):
            name = self._name(key)
            if isinstance(item, RawTensor):
                self._count(1)
                entries.append((name, self._tensor(item, name)))
            else:
                entries.append((name, self.build(item, name, depth + 1)))
        ordered = isinstance(value, OrderedDict)
        metadata = vars(value).get('_metadata') if ordered else None
        return Mapping(tuple(entries), ordered, self._versions(metadata))

    def _name(self, key: Any) -> str:
        if isinstance(key, bytes):
            return repr(key[:TEXT_CHARACTERS])
        name = key if isinstance(key, str) else repr(key)
        if len(name) > self._limits.key_length:
            raise exceeded('key_length', self._limits.key_length, len(name))
        return name

    def _versions(self, metadata: Any) -> Optional[Tuple[Tuple[str, Optional[int]], ...]]:
        if not isinstance(metadata, dict):
            return None
        self._count(len(metadata))
        pairs = []
        for module, entry in dict.items(metadata):
            version = entry.get('version') if isinstance(entry, dict) else None
            pairs.append((self._name(module), version if isinstance(version, int) else None))
        return tuple(pairs)

    def _listing(self, value: Any, depth: int) -> Listing:
        kind = 'list' if isinstance(value, list) else 'tuple' if isinstance(value, tuple) else 'set'
        return Listing(tuple(self.build(item, '', depth + 1) for item in value), kind)


def _plain(value: Any) -> Value:
    if isinstance(value, str):
        return Scalar(value[:TEXT_CHARACTERS])
    if value is None or isinstance(value, (bool, int, float)):
        return Scalar(value)
    if isinstance(value, Inert):
        return Opaque(value.type_name, value.is_module)
    if isinstance(value, Builder):
        return Opaque(value.type_name)
    if isinstance(value, DtypeName):
        return Opaque(f'torch.{value.name}')
    return Opaque(type(value).__name__)
