"""Turn what the unpickler built into records: mappings, tensors, plain values."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, Optional, Tuple

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.safe_unpickler import Inert, RawTensor, StorageReference
from basicsr_weightcheck.errors import LimitExceededError
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
        """
        self._nodes_left -= 1
        if self._nodes_left < 0 or depth > self._limits.depth:
            raise LimitExceededError('the file nests or repeats values more than any weight file.')
        if isinstance(value, RawTensor):
            return self._tensor(value, key)
        if isinstance(value, dict):
            return self._mapping(value, depth)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._listing(value, depth)
        return _plain(value)

    def _tensor(self, raw: RawTensor, key: str) -> TensorSpec:
        storage = self._storages.get(raw.storage)
        if storage is None:
            storage = self._storages[raw.storage] = self._find_storage(raw.storage)
        stride = None if raw.stride == contiguous_stride(raw.shape) else raw.stride
        return TensorSpec(key, raw.shape, raw.dtype, storage, raw.offset, stride)

    def _mapping(self, value: Dict[Any, Any], depth: int) -> Mapping:
        # dict.items, not value.items: a pickle can plant an attribute of that name.
        entries = tuple(
            (_name(key), self.build(item, _name(key), depth + 1)) for key, item in dict.items(value)
        )
        ordered = isinstance(value, OrderedDict)
        metadata = vars(value).get('_metadata') if ordered else None
        return Mapping(entries, ordered, _versions(metadata))

    def _listing(self, value: Any, depth: int) -> Listing:
        kind = 'list' if isinstance(value, list) else 'tuple' if isinstance(value, tuple) else 'set'
        return Listing(tuple(self.build(item, '', depth + 1) for item in value), kind)


def contiguous_stride(shape: Tuple[int, ...]) -> Tuple[int, ...]:
    """Strides, in elements, of a contiguous tensor as torch writes them."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def _plain(value: Any) -> Value:
    if isinstance(value, str):
        return Scalar(value[:TEXT_CHARACTERS])
    if value is None or isinstance(value, (bool, int, float)):
        return Scalar(value)
    if isinstance(value, Inert):
        return Opaque(value.type_name or 'unknown')
    if isinstance(value, type) and issubclass(value, Inert):
        return Opaque(value.type_name)
    return Opaque(type(value).__name__)


def _name(key: Any) -> str:
    return key if isinstance(key, str) else repr(key)[:TEXT_CHARACTERS]


def _versions(metadata: Any) -> Optional[Tuple[Tuple[str, Optional[int]], ...]]:
    if not isinstance(metadata, dict):
        return None
    pairs = []
    for module, entry in dict.items(metadata):
        version = entry.get('version') if isinstance(entry, dict) else None
        pairs.append((str(module), version if isinstance(version, int) else None))
    return tuple(pairs)
