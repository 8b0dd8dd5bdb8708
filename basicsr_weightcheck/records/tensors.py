"""Tensors, files and networks by name and shape, and what a load of them does. Frozen data only.

They are named tuples: a file has some of them by the thousand, and to make one takes a quarter of
the time of a dataclass; to define one takes a sixth.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, Dict, Iterator, NamedTuple, Optional, Sequence, Tuple, Union

TRAINING_STATE = frozenset({'iter', 'optimizers', 'schedulers'})
# Containers.
TORCH_ZIP, TORCH_LEGACY, SAFETENSORS = 'torch-zip', 'torch-legacy', 'safetensors'
VIRTUAL = 'virtual'  # container of a header whose file does not exist (yet)
HELD_BACK = 'held-back'  # container of a header that stands for a file torch must not see
NOT_OF_TORCH = frozenset({SAFETENSORS})  # containers that torch.load refuses
RECURSIVE = 'recursive reference'  # type_name of the leaf where a container holds itself

# Forms of a tensor: how its values follow from the bytes of its storage. Those of the first line
# lie there as they are ('packed': of a dtype that `copy_` does not convert, several in a byte).
STORED_FORMS = ('', 'packed', 'subclass')
PACKED_DTYPES = frozenset(
    ('float4_e2m1fn_x2', 'bits8', 'bits16', 'bits1x8', 'bits2x4', 'bits4x2')
    + tuple(f'{sign}int{bits}' for sign in ('', 'u') for bits in range(1, 8))
)
# dtypes of storages without a type: torch swaps no bytes of them.
# Source: torch/storage.py `_new_dtypes`, torch/serialization.py `_load` (2.13).
UNTYPED_DTYPES = PACKED_DTYPES | frozenset(
    'float8_e5m2 float8_e4m3fn float8_e5m2fnuz float8_e4m3fnuz float8_e8m0fnu complex32 uint16 '
    'uint32 uint64'.split()
)


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


@lru_cache(maxsize=1024)  # networks have few shapes
def contiguous_stride(shape: Tuple[int, ...]) -> Tuple[int, ...]:
    """Strides, in elements, of a contiguous tensor as torch writes them."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


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
        form: '' for strided values that lie in the storage as they are; else 'packed', 'subclass'
            (a class of tensor of its own over such values), 'conjugate', 'negative', 'conjugate
            negative', 'quantized', 'quantized_channels', 'sparse_coo', 'sparse_csr', 'sparse_csc',
            'sparse_bsr', 'sparse_bsc', 'nested', 'nested_jagged' (both with the shape of their
            buffer), 'meta' or 'wrapper' (both without a storage). `storage` of a sparse or nested
            tensor is that of its values.
    """

    key: str
    shape: Tuple[int, ...]
    dtype: str
    storage: Optional[StorageSpec] = None
    storage_offset: int = 0
    stride: Optional[Tuple[int, ...]] = None
    is_parameter: Optional[bool] = None
    form: str = ''

    @property
    def is_stored(self) -> bool:
        """The bytes of its storage are its values, and the file tells where they lie."""
        known = self.storage is not None and self.storage.file_offset is not None
        return known and self.form in STORED_FORMS

    @property
    def count(self) -> int:  # type: ignore[override]  # hides tuple.count
        """Number of elements (1 for a 0-dim tensor)."""
        return prod(self.shape)

    def lies_within(self, file_bytes: int) -> bool:
        """Its storage is wholly in a file of this size; one without an offset is not."""
        storage = self.storage
        if storage is None:
            return True  # there are no bytes of a tensor on meta
        if storage.file_offset is None:
            return False
        return storage.file_offset + storage.byte_count <= file_bytes

    @property
    def strides(self) -> Tuple[int, ...]:
        """Elements between neighbours along each dimension, also of a contiguous tensor."""
        return contiguous_stride(self.shape) if self.stride is None else self.stride

    @property
    def is_contiguous(self) -> bool:
        """The elements lie one after the other in the order of the tensor."""
        step = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides)):
            if size != 1 and stride != step:
                return self.count == 0
            step *= size
        return True

    def narrowed(self, dim: int, first: int, end: int) -> TensorSpec:
        """The view of the indices `first` to `end` (not included) along `dim`."""
        strides = self.strides
        shape = (*self.shape[:dim], end - first, *self.shape[dim + 1 :])
        offset = self.storage_offset + first * strides[dim]
        return self._replace(shape=shape, storage_offset=offset, stride=strides)


class Scalar(NamedTuple):
    """A plain value found in a file: None, bool, int, float or str (text cut at 200 characters)."""

    value: Union[None, bool, int, float, str]


class Opaque(NamedTuple):
    """An object that was not built.

    Attributes:
        type_name: 'module.name' as the file says it; `RECURSIVE` where a container holds itself;
            'list (260000)' of a container without a tensor that is too large, or lies too deep,
            to be shown.
        is_module: it is a whole torch.nn.Module, not a state dict.
    """

    type_name: str
    is_module: bool = False


class Listing(NamedTuple):
    """A list or tuple in a file. `kind` is 'list', 'tuple' or 'set'."""

    items: Tuple[Value, ...]
    kind: str = 'list'


class FileDict(NamedTuple):
    """A dict in a file, in file order.

    Attributes:
        entries: (key, value) pairs; keys that are not text are shown by repr, with their type where
            a text of the same dict reads alike.
        ordered: True for collections.OrderedDict, False for a plain dict.
        metadata_versions: state dict `_metadata` as (module path, version or None) pairs;
            None when the mapping has no `_metadata` (torch then skips version checks).
        odd_keys: (index of the entry, the key itself) of keys that are no text: None, bool, int,
            float, bytes, or a tuple of these and texts; Ellipsis stands for any other.
    """

    entries: Tuple[Tuple[str, Value], ...]
    ordered: bool = False
    metadata_versions: Optional[Tuple[Tuple[str, Optional[int]], ...]] = None
    odd_keys: Tuple[Tuple[int, Any], ...] = ()

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

    @property
    def shapes(self) -> Dict[str, Tuple[int, ...]]:
        """{key: shape} of these tensors."""
        return {spec.key: spec.shape for spec in self.tensors}


Value = Union[TensorSpec, Scalar, Opaque, Listing, FileDict]


def walk(value: Value, place: Tuple[str, ...] = ()) -> Iterator[Tuple[Tuple[str, ...], Value]]:
    """(place, value) of a value and of everything in it, in file order, containers first.

    The place is made of the names and indices that lead to it.
    """
    yield place, value
    if isinstance(value, FileDict):
        for key, item in value.entries:
            yield from walk(item, (*place, key))
    elif isinstance(value, Listing):
        for index, item in enumerate(value.items):
            yield from walk(item, (*place, str(index)))


def tensors_in(value: Value) -> Tuple[TensorSpec, ...]:
    """Every tensor in a value, in file order."""
    return tuple(item for _, item in walk(value) if isinstance(item, TensorSpec))


def summary(value: Value) -> str:
    """What a value is, in a few characters: 'tensor', '5000', 'list (3)', 'dict (2)', a class."""
    if isinstance(value, TensorSpec):
        return 'tensor'
    if isinstance(value, Scalar):
        return repr(value.value)
    if isinstance(value, FileDict):
        return f'dict ({len(value.entries)})'
    if isinstance(value, Listing):
        return f'{value.kind} ({len(value.items)})'
    return value.type_name


class ForeignObject(NamedTuple):
    """A class or function that a file names and that does not describe tensors.

    Attributes:
        name: 'module.name' as the file says it.
        place: dotted place of the object in the file; '' for the root, None where it is part of
            another object.
        is_module: a whole torch.nn.Module was pickled.
        is_code: what it does cannot be told; False where it is known to make a plain value.
    """

    name: str
    place: Optional[str]
    is_module: bool = False
    is_code: bool = False


class Cut(NamedTuple):
    """What is left of a file whose end is missing.

    Attributes:
        expected_bytes: size that the index announces, at least.
        present_bytes: bytes of the file from its start on that are what the index announces.
        first_missing: key of the first tensor, in the order of the bytes, that is not wholly
            there; '' when every tensor is.
        missing: number of tensors that are not wholly there.
        tensors: number of tensors in the file.
    """

    expected_bytes: int
    present_bytes: int
    first_missing: str
    missing: int
    tensors: int


class CheckpointHeader(NamedTuple):
    """Everything a checkpoint tells without reading a tensor.

    Attributes:
        path: as given.
        container: 'torch-zip', 'torch-legacy' or 'safetensors'.
        root: the object that torch.load would return (safetensors: a FileDict of tensors).
        globals: every 'module.name' that the pickle refers to, in order of first use.
        tables: {dotted name: FileDict} of every mapping that has at least one direct tensor;
            the root itself is named ''. A module-like object (whole pickled network) gives none.
            Those that lie deeper than 64 levels are here and not in `root`.
        format_notes: (name, value) facts of the container (zip 'archive_root', 'version', ...).
        foreign: objects that torch >= 2.6 may refuse, in the order of `globals`.
        odd_step: code of the first step of the pickle that torch's weights_only reader does not
            know; None where it knows them all.
        cut: what is left where bytes that the index announces lie beyond the end of the file.
        stamp: of the file that was read (`file_stamp`), () where it is not known.
    """

    path: str
    container: str
    file_bytes: int
    root: Value
    globals: Tuple[str, ...] = ()
    tables: Dict[str, FileDict] = {}  # shared, as all defaults; nothing changes a record
    format_notes: Tuple[Tuple[str, str], ...] = ()
    foreign: Tuple[ForeignObject, ...] = ()
    odd_step: Optional[int] = None
    cut: Optional[Cut] = None
    stamp: Tuple[int, ...] = ()

    @property
    def torch_reads(self) -> bool:
        """torch.load takes this kind of file; whoever says that a file loads asks here."""
        return self.container not in NOT_OF_TORCH

    @property
    def is_untyped_stream(self) -> bool:
        """Storages without a type in the container that knows typed ones only: no torch reads it.

        Source: torch/serialization.py `_legacy_load` asks the class of a storage for its dtype;
        torch/storage.py `_new_dtypes` (2.13): torch itself writes such files.
        """
        return self.container == TORCH_LEGACY and 'torch.storage.UntypedStorage' in self.globals

    @property
    def complete(self) -> bool:
        """Every byte that the index announces is there."""
        return self.cut is None

    def has_table(self, asked: Any) -> bool:
        """A value of `param_key` names one of its tables; a YAML may hold a list there."""
        return isinstance(asked, str) and asked in self.tables

    def held(self, table: str) -> FileDict:
        """A table without the tensors that a cut file has lost."""
        whole = self.tables[table]
        if self.cut is None:
            return whole
        return whole._replace(
            entries=tuple(
                (key, value)
                for key, value in whole.entries
                if not isinstance(value, TensorSpec) or value.lies_within(self.file_bytes)
            )
        )

    @property
    def byte_order(self) -> str:
        """'big' where the zip container says so, else 'little'.

        torch turns the bytes of typed storages around when it loads such a file, and ends with
        signal 11 where it does so with `map_location='meta'`.
        """
        big = self.container == TORCH_ZIP and dict(self.format_notes).get('byteorder') == 'big'
        return 'big' if big else 'little'

    @property
    def has_odd_entries(self) -> bool:
        """Some entry of a table is no strided tensor whose bytes are its values."""
        return any(spec.form for table in self.tables.values() for spec in table.tensors)

    @property
    def is_training_state(self) -> bool:
        """It is what save_training_state of the framework writes, not weights.

        Source: basicsr 1.4.2 models/base_model.py `save_training_state`.
        """
        return isinstance(self.root, FileDict) and TRAINING_STATE <= set(self.root.keys)


Headers = Dict[str, CheckpointHeader]  # {load path as the training names it: header}
NO_HEADERS: Headers = {}


class ModuleSpec(NamedTuple):
    """One module of a network.

    Attributes:
        path: 'encoder_level1.0.attn', '' for the network itself.
        class_name: qualified name of its class.
        attributes: (name, value as text) of its plain attributes: numbers, texts, functions and
            lists of them; its state apart (`training`, private names).
    """

    path: str
    class_name: str
    attributes: Tuple[Tuple[str, str], ...] = ()


class NetworkSpec(NamedTuple):
    """What a network expects.

    Attributes:
        network_type: `type:` of the YAML.
        tensors: state-dict order; `is_parameter` is always set.
        aliases: groups of keys that share one storage (tied weights), each of two or more.
        class_name: qualified name of the class that was built ('' when not known).
        source_path: file of the class ('' when not known).
        source_sha256: hex digest of the class's source text ('' when not known).
        defaults: (parameter, value as text) of the class's constructor.
        namesake: qualified name of another class that the registry has for the same type, ''
            when there is none.
        built_on: 'meta', 'meta+cpu' (some factory calls forced to the CPU) or 'cpu'.
        trained: number of parameters that ask for a gradient; None when not known.
        modules: all of them, in the order of `named_modules`; () when not known.
        swallowed: (option of the section that the class takes and never reads, the parameter that
            was probably meant or '').
    """

    network_type: str
    tensors: Tuple[TensorSpec, ...]
    aliases: Tuple[Tuple[str, ...], ...] = ()
    class_name: str = ''
    source_path: str = ''
    source_sha256: str = ''
    built_on: str = 'meta'
    defaults: Tuple[Tuple[str, str], ...] = ()
    namesake: str = ''
    trained: Optional[int] = None
    modules: Tuple[ModuleSpec, ...] = ()
    swallowed: Tuple[Tuple[str, str], ...] = ()

    @property
    def shapes(self) -> Dict[str, Tuple[int, ...]]:
        """{key: shape} of its tensors, state-dict order."""
        return {spec.key: spec.shape for spec in self.tensors}


PREDICTED = 'predicted'
HALF = 0.5  # of a network: a load that takes less is no start, unless the user says otherwise


class Mismatch(NamedTuple):
    """A key that both sides have with different shapes."""

    key: str
    expected: Tuple[int, ...]
    found: Tuple[int, ...]


class Outcome(NamedTuple):
    """What one load_network call does under one setting.

    Attributes:
        loads: True no exception, False an exception, None it could not be said.
        error: class name of the exception ('RuntimeError', 'KeyError'), '' when none.
        message: its text, '' when none.
        by: qualified name of the method that was run, or 'predicted'.
        key_used: the table that was read: 'params', '' for the file's root,
            None when the call ended before it was chosen.
        loaded: network keys whose values come from the file, state-dict order.
        missing: expected keys that get no value from the file (natural order). Shape mismatches are
            in `mismatched` only, also where the framework renames them to '<key>.ignore'.
        unexpected: keys of the file (after the framework's own renaming of 'module.') that the
            network does not have (natural order).
        mismatched: keys of both with different shapes (natural order).
        renamed: (network key, file key) of tensors that the loader handed over under another name
            than the file has them under; '.ignore', a dropped 'module.' and the several names of a
            tied tensor apart.
        partial: (key, elements from the file) of tensors of which a part comes from the file.
        derived: those of `loaded` that are computed from tensors of the file.
        origins: (network key, file key) of `loaded` tensors that are one tensor of the file, under
            another name than the network's, tied ones included.
        log: lines that the framework logged during the call, in order, without time stamps.
        opened: the file was opened and its content handed out.
    """

    loads: Optional[bool]
    error: str = ''
    message: str = ''
    by: str = PREDICTED
    key_used: Optional[str] = None
    loaded: Tuple[str, ...] = ()
    missing: Tuple[str, ...] = ()
    unexpected: Tuple[str, ...] = ()
    mismatched: Tuple[Mismatch, ...] = ()
    log: Tuple[str, ...] = ()
    renamed: Tuple[Tuple[str, str], ...] = ()
    partial: Tuple[Tuple[str, int], ...] = ()
    derived: Tuple[str, ...] = ()
    origins: Tuple[Tuple[str, str], ...] = ()
    opened: bool = True

    @property
    def is_plain(self) -> bool:
        """Names and sizes of both sides agree: strict or not makes no difference."""
        differs = self.missing or self.unexpected or self.mismatched or self.partial
        return bool(self.loads) and bool(self.loaded) and not differs and not self.renamed

    @property
    def was_tried(self) -> bool:
        """The call was rehearsed or predicted."""
        return bool(self.by)


NOT_TRIED = Outcome(None, by='', opened=False)


class Coverage(NamedTuple):
    """How much of the network comes from the file, in elements.

    `tensors_*` count tensors; parameters and buffers are counted apart. `weights_*` count the
    parameters with more than one dimension: biases and scales alone make no trained network, and
    one huge layer can be most of the elements.
    """

    parameters_loaded: int
    parameters_expected: int
    buffers_loaded: int
    buffers_expected: int
    tensors_loaded: int
    tensors_expected: int
    weights_loaded: int = 0
    weights_expected: int = 0

    @classmethod
    def of(
        cls, network: NetworkSpec, loaded: Sequence[str], partial: Sequence[Tuple[str, int]] = ()
    ) -> Coverage:
        """Count a network. Tied tensors count once; loading one of them loads all.

        Args:
            loaded: keys that get their value from the file.
            partial: (key, elements) of those that get a part of it: the elements count, and so does
                a weight; a whole tensor it is not.
        """
        parts = dict(partial)
        twins = {key: group for group in network.aliases for key in group}
        covered = set(loaded)
        for key in loaded:
            covered.update(twins.get(key, ()))
        counted = [s for s in network.tensors if s.key == twins.get(s.key, (s.key,))[0]]
        parameters = [spec for spec in counted if spec.is_parameter]
        buffers = [spec for spec in counted if not spec.is_parameter]
        weights = [spec for spec in parameters if len(spec.shape) > 1]
        return cls(
            parameters_loaded=sum(
                spec.count if spec.key in covered else parts.get(spec.key, 0) for spec in parameters
            ),
            parameters_expected=sum(spec.count for spec in parameters),
            buffers_loaded=sum(spec.count for spec in buffers if spec.key in covered),
            buffers_expected=sum(spec.count for spec in buffers),
            tensors_loaded=len(covered),
            tensors_expected=len(network.tensors),
            weights_loaded=sum(
                spec.key in covered or parts.get(spec.key, 0) > 0 for spec in weights
            ),
            weights_expected=len(weights),
        )

    @property
    def weight_fraction(self) -> float:
        """0 to 1, counted in tensors; 1.0 for a network without such parameters."""
        return self.weights_loaded / self.weights_expected if self.weights_expected else 1.0

    @property
    def least(self) -> float:
        """The smaller of both shares, which is held against what is asked for, 0 to 1."""
        return min(self.parameter_fraction, self.weight_fraction)

    @property
    def parameter_fraction(self) -> float:
        """0 to 1; 1.0 for a network without parameters."""
        if not self.parameters_expected:
            return 1.0
        return self.parameters_loaded / self.parameters_expected


class Rename(NamedTuple):
    """A rule that turns names of the file into names of the network.

    Attributes:
        kind: 'prefix-strip', 'prefix-add', 'shift' (index shift), 'generation', 'wrapper'.
        found: prefix or pattern in the file.
        expected: what it becomes.
        matched: number of keys with equal name and shape after it is applied.
    """

    kind: str
    found: str
    expected: str
    matched: int


class KeyGroup(NamedTuple):
    """Numbered keys folded into one row that never hides a different shape.

    Attributes:
        pattern: 'encoder_level1.{0..3}.attn.mdc_q.weight'.
        keys: the keys, natural order.
        expected: shape shared by all, None when the network does not have them.
        found: shape shared by all, None when the file does not have them.
    """

    pattern: str
    keys: Tuple[str, ...]
    expected: Optional[Tuple[int, ...]]
    found: Optional[Tuple[int, ...]]


class Difference(NamedTuple):
    """Table of a file against a network, by name and shape.

    Attributes:
        table: name of the table compared ('' is the file's root).
        matched: keys of both with equal shape, state-dict order of the network.
        missing, unexpected, mismatched: as in `Outcome`.
        missing_groups, unexpected_groups, mismatched_groups: the same folded for people.
        coverage: of the load that takes every matched key.
        renames: rules that would make more keys match, best first.
        dtypes: (dtype expected, dtype found, number of matched keys) where they differ.
    """

    table: str
    matched: Tuple[str, ...]
    missing: Tuple[str, ...]
    unexpected: Tuple[str, ...]
    mismatched: Tuple[Mismatch, ...]
    missing_groups: Tuple[KeyGroup, ...]
    unexpected_groups: Tuple[KeyGroup, ...]
    mismatched_groups: Tuple[KeyGroup, ...]
    coverage: Coverage
    renames: Tuple[Rename, ...] = ()
    dtypes: Tuple[Tuple[str, str, int], ...] = ()

    @property
    def keys(self) -> Tuple[str, ...]:
        """Missing, unexpected and mismatched ones."""
        return self.missing + self.unexpected + tuple(one.key for one in self.mismatched)

    @property
    def exact(self) -> bool:
        """Every name and shape agrees: strict loading runs."""
        return not (self.missing or self.unexpected or self.mismatched)


class Troubles(NamedTuple):
    """Why a file does not load, or had better not be loaded.

    Attributes:
        sentences: what keeps some torch or numpy from loading it, or makes one run code; phrases.
        code: names in it that are code to torch, in the order of the file.
        refused: every torch refuses it, or the one that is installed.
        advice: what to do about it, '' where nothing may be done.
    """

    sentences: Tuple[str, ...] = ()
    code: Tuple[str, ...] = ()
    refused: bool = False
    advice: str = ''

    @property
    def unfit(self) -> bool:
        """Nothing may be said in favour of the file as it is: no lines for the YAML, no "works"."""
        return bool(self.code) or self.refused
