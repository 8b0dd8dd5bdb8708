"""The header of a torch zip file that was cut before its directory: what its beginning still tells.

torch writes data.pkl first and the storages in the order of their keys, each behind a local header
that names it, so that a cut file gives its index and where the bytes end. Sizes come from the
index: torch leaves those of the local headers 0 and writes them behind the bytes.

Source: caffe2/serialize/inline_container.cc `PyTorchStreamWriter` (2.13); PKWARE APPNOTE 4.3.7,
4.3.9.
"""

from __future__ import annotations

import re
from typing import BinaryIO, Dict, NamedTuple, Tuple

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.checkpoint.read_torch import torch_header
from basicsr_weightcheck.checkpoint.safe_unpickler import unpickle
from basicsr_weightcheck.checkpoint.stand_ins import StorageReference
from basicsr_weightcheck.checkpoint.tree import TreeBuilder
from basicsr_weightcheck.checkpoint.zip_directory import LOCAL_HEADER, LOCAL_SIGNATURE, STORED
from basicsr_weightcheck.records.tensors import CheckpointHeader, StorageSpec

SMALL_BYTES = 1 << 12  # entries that are no storages: version, byteorder, serialization_id
FOOTER_BYTES = 64  # between the bytes of an entry and the next header: 24, or 0
NAME_BYTES = 1 << 10


def read_cut_zip(file: BinaryIO, path: str, file_bytes: int, limits: Limits) -> CheckpointHeader:
    """The index, and which tensors are wholly there; the directory itself is missing at least."""
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
