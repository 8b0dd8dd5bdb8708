"""Headers of whole torch files: the zip container and the legacy stream."""

from __future__ import annotations

from functools import lru_cache
from typing import BinaryIO, Sequence, Tuple

from basicsr_weightcheck.checkpoint import legacy_stream, zip_layout
from basicsr_weightcheck.checkpoint.cut import find_cut
from basicsr_weightcheck.checkpoint.foreign import find_foreign
from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.checkpoint.safe_unpickler import Unpickled, unpickle
from basicsr_weightcheck.checkpoint.stand_ins import StorageReference
from basicsr_weightcheck.checkpoint.state_dicts import find_tables
from basicsr_weightcheck.checkpoint.tree import StorageLookup, TreeBuilder
from basicsr_weightcheck.checkpoint.zip_directory import ZipEntry
from basicsr_weightcheck.records.tensors import (
    TORCH_LEGACY,
    TORCH_ZIP,
    CheckpointHeader,
    StorageSpec,
)

KEPT_BYTES = 2 << 20  # indices that are worth keeping; a network of 3,000 tensors has 0.6 MB

# Checkpoints of one run differ in their tensors, not in their index: the last two are kept. What it
# returns is shared between files and must not be changed.
_unpickle_once = lru_cache(maxsize=2)(unpickle)


def read_zip(
    entries: Sequence[ZipEntry], file: BinaryIO, path: str, file_bytes: int, limits: Limits
) -> CheckpointHeader:
    """The header of a zip file with its directory."""
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
        return StorageSpec(name, record.offset, record.byte_count, record.crc32, reference.device)

    header = torch_header(path, file_bytes, unpickled, find_storage, limits)
    return header._replace(format_notes=(('archive_root', layout.root), *layout.notes))


def read_legacy(file: BinaryIO, path: str, file_bytes: int, limits: Limits) -> CheckpointHeader:
    """The header of a legacy stream, whole or cut behind its pickles."""
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
        path: as given.
        file_bytes: size of the file.
        unpickled: its pickle.
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
    cut = find_cut([part.value for part in parts], *ends, file_bytes) if ends[0] < ends[1] else None
    return CheckpointHeader(
        path=path,
        container=TORCH_ZIP,
        file_bytes=file_bytes,
        root=root,
        globals=unpickled.globals,
        tables=find_tables(parts, limits),
        foreign=find_foreign(unpickled.globals, root),
        odd_step=unpickled.odd_step,
        cut=cut,
    )
