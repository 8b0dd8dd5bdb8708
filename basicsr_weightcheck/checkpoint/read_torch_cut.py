"""The header of a torch zip file that was cut before its directory."""

from __future__ import annotations

from typing import BinaryIO, Dict

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.read_torch import torch_header
from basicsr_weightcheck.checkpoint.safe_unpickler import unpickle
from basicsr_weightcheck.checkpoint.stand_ins import StorageReference
from basicsr_weightcheck.checkpoint.tree import TreeBuilder
from basicsr_weightcheck.checkpoint.zip_cut import find_storages, recover_index
from basicsr_weightcheck.records.tensors import CheckpointHeader, StorageSpec


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
