"""What is known of tensors and files without reading a tensor. Frozen data only.

The records that a file has by the thousand are named tuples: making them takes a quarter of the
time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, NamedTuple, Optional, Tuple, Union

TRAINING_STATE = frozenset({'iter', 'optimizers', 'schedulers'})
VIRTUAL = 'virtual'  # container of a header whose file does not exist (yet)


class StorageSpec(NamedTuple):
    """Where the bytes of a tensor lie.

    Attributes:
        name: record name inside the file (zip entry, legacy storage key, '' for safetensors).
        file_offset: absolute offset of the first byte of the storage; None when unknown.
        byte_count: bytes of the storage as declared.
        crc32: CRC-32 of the storage's bytes; None when the container has none
            (a stored 0 means "not computed" and becomes None).
        device: location tag in the file ('cpu', 'cuda:0'), '' when it has none.
    """

    name: str
    file_offset: Optional[int]
    byte_count: int
    crc32: Optional[int] = None
    device: str = ''


class TensorSpec(NamedTuple):
    """One tensor of a file or of a network.

    Attributes:
        key: full name inside its table.
        shape: sizes, () for a 0-dim tensor.
        dtype: torch's name without the prefix ('float32', 'bfloat16', 'int64', ...).
        storage: where its bytes lie; None for tensors of a network.
        storage_offset: elements from the start of the storage.
        stride: elements; None means contiguous.
        is_parameter: True parameter, False buffer, None not known (files do not tell).
    """

    key: str
    shape: Tuple[int, ...]
    dtype: str
    storage: Optional[StorageSpec] = None
    storage_offset: int = 0
    stride: Optional[Tuple[int, ...]] = None
    is_parameter: Optional[bool] = None

    @property
    def count(self) -> int:  # type: ignore[override]  # hides tuple.count
        """Number of elements (1 for a 0-dim tensor)."""
        total = 1
        for size in self.shape:
            total *= size
        return total


@dataclass(frozen=True)
class Scalar:
    """A plain value found in a file: None, bool, int, float or str (text cut at 200 characters)."""

    value: Union[None, bool, int, float, str]


@dataclass(frozen=True)
class Opaque:
    """An object that was not built. `type_name` is 'module.name' as the file says it."""

    type_name: str


@dataclass(frozen=True)
class Listing:
    """A list or tuple in a file. `kind` is 'list', 'tuple' or 'set'."""

    items: Tuple[Value, ...]
    kind: str = 'list'


@dataclass(frozen=True)
class Mapping:
    """A dict in a file, in file order.

    Attributes:
        entries: (key, value) pairs; keys that are not text are shown by repr.
        ordered: True for collections.OrderedDict, False for a plain dict.
        metadata_versions: state dict `_metadata` as (module path, version or None) pairs;
            None when the mapping has no `_metadata` (torch then skips version checks).
    """

    entries: Tuple[Tuple[str, Value], ...]
    ordered: bool = False
    metadata_versions: Optional[Tuple[Tuple[str, Optional[int]], ...]] = None

    def get(self, key: str) -> Optional[Value]:
        """The value stored under `key`, None when there is none."""
        for name, value in self.entries:
            if name == key:
                return value
        return None

    @property
    def keys(self) -> Tuple[str, ...]:
        return tuple(name for name, _ in self.entries)

    @property
    def tensors(self) -> Tuple[TensorSpec, ...]:
        """The tensors that are direct members, in file order."""
        return tuple(value for _, value in self.entries if isinstance(value, TensorSpec))


Value = Union[TensorSpec, Scalar, Opaque, Listing, Mapping]


@dataclass(frozen=True)
class CheckpointHeader:
    """Everything a checkpoint tells without reading a tensor.

    Attributes:
        path: as given.
        container: 'torch-zip', 'torch-legacy' or 'safetensors'.
        file_bytes: size of the file.
        root: the object that torch.load would return (safetensors: a Mapping of tensors).
        globals: every 'module.name' that the pickle refers to, in order of first use.
        tables: {dotted name: Mapping} of every mapping that has at least one direct tensor;
            the root itself is named ''. A module-like object (whole pickled network) gives none.
        complete: False when bytes that the index announces lie beyond the end of the file.
        missing_bytes: how many such bytes at least; 0 when complete.
        format_notes: (name, value) facts of the container (zip 'archive_root', 'version', ...).
    """

    path: str
    container: str
    file_bytes: int
    root: Value
    globals: Tuple[str, ...] = ()
    tables: Dict[str, Mapping] = field(default_factory=dict)
    complete: bool = True
    missing_bytes: int = 0
    format_notes: Tuple[Tuple[str, str], ...] = ()

    @property
    def is_training_state(self) -> bool:
        """It is what save_training_state of the framework writes, not weights.

        Source: basicsr 1.4.2 models/base_model.py `save_training_state`.
        """
        return isinstance(self.root, Mapping) and TRAINING_STATE <= set(self.root.keys)


@dataclass(frozen=True)
class NetworkSpec:
    """What a network expects.

    Attributes:
        network_type: `type:` of the YAML.
        tensors: state-dict order; `is_parameter` is always set.
        aliases: groups of keys that share one storage (tied weights), each of two or more.
        class_name: qualified name of the class that was built ('' when not known).
        source_path: file of the class ('' when not known).
        source_sha256: hex digest of the class's source text ('' when not known).
        defaults: (parameter, value as text) of the class's constructor.
        built_on: 'meta', 'meta+cpu' (some factory calls forced to the CPU) or 'cpu'.
        trained: number of parameters that ask for a gradient; None when not known.
    """

    network_type: str
    tensors: Tuple[TensorSpec, ...]
    aliases: Tuple[Tuple[str, ...], ...] = ()
    class_name: str = ''
    source_path: str = ''
    source_sha256: str = ''
    built_on: str = 'meta'
    defaults: Tuple[Tuple[str, str], ...] = ()
    trained: Optional[int] = None
