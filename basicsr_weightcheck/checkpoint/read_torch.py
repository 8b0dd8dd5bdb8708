"""Headers of torch files: the zip container and the legacy stream, their tables and odd objects."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import BinaryIO, Dict, Iterator, NamedTuple, Sequence, Tuple

from basicsr_weightcheck.checkpoint.containers import legacy_stream, zip_layout
from basicsr_weightcheck.checkpoint.containers.geometry import find_cut
from basicsr_weightcheck.checkpoint.containers.zip_directory import (
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    STORED,
    ZipEntry,
)
from basicsr_weightcheck.checkpoint.pickles.machine import Unpickled, unpickle
from basicsr_weightcheck.checkpoint.pickles.stand_ins import StorageReference
from basicsr_weightcheck.checkpoint.pickles.tree import Names, Part, StorageLookup, TreeBuilder
from basicsr_weightcheck.checkpoint.pickles.weights_only import (
    ALWAYS_ALLOWED,
    code_globals,
    modern_name,
)
from basicsr_weightcheck.checkpoint.problems import Limits, problem
from basicsr_weightcheck.records.tensors import (
    TORCH_LEGACY,
    TORCH_ZIP,
    CheckpointHeader,
    FileDict,
    ForeignObject,
    Opaque,
    StorageSpec,
    TensorSpec,
    Value,
    walk,
)

PLACE_CHARACTERS = 200
KEPT_BYTES = 2 << 20  # indices that are worth keeping; a network of 3,000 tensors has 0.6 MB

# Checkpoints of one run differ in their tensors, not in their index: the last two are kept. What it
# returns is shared between files and must not be changed.
_unpickle_once = lru_cache(maxsize=2)(unpickle)


def read_zip(
    entries: Sequence[ZipEntry], file: BinaryIO, path: str, file_bytes: int, limits: Limits
) -> CheckpointHeader:
    """The header of a zip file with its directory.

    Raises:
        CorruptCheckpointError: a storage is missing or too short, or as `zip_layout.read_layout`.
        LimitExceededError, NotUnderstoodError, UnsafePickleError: as `unpickle`.
    """
    layout = zip_layout.read_layout(entries, file, file_bytes, limits)
    read = _unpickle_once if len(layout.pickle) <= KEPT_BYTES else unpickle
    unpickled = read(layout.pickle, limits)

    def find_storage(reference: StorageReference) -> StorageSpec:
        name = f'data/{reference.key}'
        record = layout.records.get(name)
        if record is None:
            raise problem('storage-missing', storage=name)
        if record.byte_count < reference.byte_count:
            expected = reference.byte_count
            raise problem('storage-short', storage=name, found=record.byte_count, expected=expected)
        place = record.file_offset, record.byte_count, record.crc32
        return StorageSpec(name, *place, reference.device)

    header = torch_header(path, file_bytes, unpickled, find_storage, limits)
    return header._replace(format_notes=(('archive_root', layout.root), *layout.notes))


def read_legacy(file: BinaryIO, path: str, file_bytes: int, limits: Limits) -> CheckpointHeader:
    """The header of a legacy stream, whole or cut behind its pickles.

    Raises:
        CorruptCheckpointError: a storage is missing, or as `legacy_stream.storage_offsets`.
        LimitExceededError, NotUnderstoodError, UnsafePickleError: as `legacy_stream.read_stream`.
    """
    unpickled, keys, start = legacy_stream.read_stream(file, limits)
    offsets, end = legacy_stream.storage_offsets(file, keys, unpickled.storages, start)

    def find_storage(reference: StorageReference) -> StorageSpec:
        if reference.key not in offsets:
            raise problem('storage-missing', storage=reference.key)
        offset = offsets[reference.key]
        return StorageSpec(reference.key, offset, reference.byte_count, None, reference.device)

    header = torch_header(path, file_bytes, unpickled, find_storage, limits, (file_bytes, end))
    return header._replace(container=TORCH_LEGACY)


def torch_header(
    path: str,
    file_bytes: int,
    unpickled: Unpickled,
    find_storage: StorageLookup,
    limits: Limits,
    ends: Tuple[int, int] = (0, 0),
) -> CheckpointHeader:
    """What the pickle tells, as the header of a zip file.

    Args:
        find_storage: where the bytes of a storage reference lie.
        limits: ceilings on the tree and on the names of tables.
        ends: (bytes that are what the index announces, bytes that it announces at least); the
            file is cut where there are fewer.

    Raises:
        NotUnderstoodError: values or names without end.
        CorruptCheckpointError: a tensor does not fit its storage.
    """
    parts = TreeBuilder(find_storage, limits).build(unpickled)
    root = parts[0].value
    return CheckpointHeader(
        path=path,
        container=TORCH_ZIP,
        file_bytes=file_bytes,
        root=root,
        globals=unpickled.globals,
        tables=find_tables(parts, limits),
        foreign=find_foreign(unpickled.globals, root),
        odd_step=unpickled.odd_step,
        cut=find_cut([part.value for part in parts], *ends, file_bytes),
    )


def find_tables(parts: Sequence[Part], limits: Limits) -> Dict[str, FileDict]:
    """Every mapping with at least one direct tensor, by dotted name, in file order ('' = root).

    Raises:
        NotUnderstoodError: the names of nested mappings add up without end.
    """
    tables: Dict[str, FileDict] = {}
    characters = 0
    named = [(part.names, part.value) for part in parts if part.names is not None]
    for names, table in chain.from_iterable(_mappings(*one) for one in named):
        if any(isinstance(value, TensorSpec) for _, value in table.entries):
            name = '.'.join(names)
            characters += len(name)
            limits.hold('names_length', characters)
            tables.setdefault(name, table)  # a name with a dot can read like two names
    return tables


def _mappings(names: Names, value: Value) -> Iterator[Tuple[Names, FileDict]]:
    if isinstance(value, FileDict):
        yield names, value
        for key, item in value.entries:
            yield from _mappings((*names, key), item)


def find_foreign(names: Sequence[str], root: Value) -> Tuple[ForeignObject, ...]:
    """The globals that not every torch allows, each with the first place where it is found.

    Args:
        names: all globals of the file, in the order of first use.
        root: what the file holds.
    """
    odd = [name for name in names if modern_name(name) not in ALWAYS_ALLOWED]
    if not odd:
        return ()  # nearly every file: its tree is not walked through
    places: Dict[str, Tuple[str, bool]] = {}
    for steps, value in walk(root):
        if isinstance(value, Opaque) and value.type_name not in places:
            places[value.type_name] = '.'.join(steps)[:PLACE_CHARACTERS], value.is_module
    code = code_globals(odd)
    found = (ForeignObject(name, *places.get(name, (None, False))) for name in odd)
    return tuple(one._replace(is_code=one.name in code) for one in found)


# The header of a torch zip file that was cut before its directory: what its beginning still
# tells.
#
# torch writes data.pkl first and the storages in the order of their keys, each behind a local
# header that names it, so that a cut file gives its index and where the bytes end. Sizes come
# from the index: torch leaves those of the local headers 0 and writes them behind the bytes.
#
# Source: caffe2/serialize/inline_container.cc `PyTorchStreamWriter` (2.13); PKWARE APPNOTE 4.3.7,
# 4.3.9.

SMALL_BYTES = 1 << 12  # entries that are no storages: version, byteorder, serialization_id
FOOTER_BYTES = 64  # between the bytes of an entry and the next header: 24, or 0
NAME_BYTES = 1 << 10


def read_cut_zip(file: BinaryIO, path: str, file_bytes: int, limits: Limits) -> CheckpointHeader:
    """The index, and which tensors are wholly there. Raises CheckpointError."""
    index = recover_index(file, limits)
    unpickled = unpickle(index.pickle, limits)
    index_end = index.offset + unpickled.end
    sizes: Dict[str, int] = {}

    def announce(reference: StorageReference) -> StorageSpec:
        name = f'data/{reference.key}'
        sizes[name] = max(reference.byte_count, sizes.get(name, 0))
        return StorageSpec(name, None, reference.byte_count, None, reference.device)

    TreeBuilder(announce, limits).build(unpickled)
    offsets, sound, partial = find_storages(file, index, index_end, sizes, limits)

    def find_storage(reference: StorageReference) -> StorageSpec:
        storage = announce(reference)
        return storage._replace(file_offset=offsets.get(storage.name))

    missing = sum(size for name, size in sizes.items() if name not in offsets) - partial
    ends = sound, max(sound + missing, sound + 1)
    header = torch_header(path, file_bytes, unpickled, find_storage, limits, ends)
    return header._replace(format_notes=(('archive_root', index.root),))


class CutIndex(NamedTuple):
    """The folder of the archive, the bytes from data.pkl on, and where these begin."""

    root: str
    pickle: bytes
    offset: int


def recover_index(file: BinaryIO, limits: Limits) -> CutIndex:
    """Return what is left of data.pkl, the first entry.

    Raises:
        CorruptCheckpointError: the first entry is no data.pkl, or it is packed.
    """
    name, method, start = _local_header(file, 0)
    if method != STORED or not re.fullmatch(r'[^/]+/data\.pkl', name):
        raise problem('zip-cut-no-index')
    file.seek(start)
    return CutIndex(name[: -len('/data.pkl')], file.read(limits.pickle_bytes), start)


def find_storages(
    file: BinaryIO, index: CutIndex, index_end: int, sizes: Dict[str, int], limits: Limits
) -> Tuple[Dict[str, int], int, int]:
    """Return ({storage: offset}, byte up to which the file is sound, bytes of the next storage).

    Only storages that are wholly there are named; of the next one some bytes may be there.

    Args:
        file: opened for reading bytes.
        index: as `recover_index` gives it.
        index_end: byte behind data.pkl.
        sizes: {storage name below the root: bytes}, from the index.
        limits: ceiling on the entries.
    """
    file_bytes = file.seek(0, 2)
    found: Dict[str, int] = {}
    partial = 0
    at = end = index_end
    # No directory tells the places: from the end of one entry the next header is looked for in the
    # few bytes that torch writes between them, never in the bytes of a storage, which may hold
    # anything.
    for _ in range(limits.zip_entries):
        at = _next_header(file, at, FOOTER_BYTES)
        name, _, start = _local_header(file, at) if at >= 0 else ('', 0, 0)
        storage = name[len(index.root) + 1 :] if name.startswith(index.root + '/') else ''
        if not name or start > file_bytes:
            break
        end = start
        if storage not in sizes:
            at = _next_header(file, start, SMALL_BYTES)
            end = at if at >= 0 else min(start + SMALL_BYTES, file_bytes)
            continue
        end = start + sizes[storage]
        if end > file_bytes:
            partial = file_bytes - start
            break
        found[storage] = start
        at = end
    return found, min(end, file_bytes), partial


def _next_header(file: BinaryIO, at: int, within: int) -> int:
    """Offset of the next local header within so many bytes, -1 where there is none."""
    if at < 0:
        return -1
    file.seek(at)
    found = file.read(within + len(LOCAL_SIGNATURE)).find(LOCAL_SIGNATURE)
    return at + found if found >= 0 else -1


def _local_header(file: BinaryIO, at: int) -> Tuple[str, int, int]:
    """(name, method, offset of the bytes) of the entry at `at`; ('', 0, 0) where none is."""
    file.seek(at)
    head = file.read(LOCAL_HEADER.size)
    if len(head) < LOCAL_HEADER.size or not head.startswith(LOCAL_SIGNATURE):
        return '', 0, 0
    fields = LOCAL_HEADER.unpack(head)
    if fields[9] > NAME_BYTES:
        return '', 0, 0
    name = file.read(fields[9]).decode('utf-8', 'replace')
    return name, fields[3], at + len(head) + int(fields[9]) + int(fields[10])
