"""Read the header of any weight file: the one public door of this room."""

from __future__ import annotations

import os
import pickle
import struct
import zlib
from functools import lru_cache
from typing import Any, BinaryIO, Callable, Dict, Sequence, Tuple, Union

from basicsr_weightcheck.checkpoint import legacy_stream, safetensors_header, zip_layout
from basicsr_weightcheck.checkpoint.limits import DEFAULT_LIMITS, Limits
from basicsr_weightcheck.checkpoint.refusals import refusal
from basicsr_weightcheck.checkpoint.safe_unpickler import RawTensor, StorageReference, unpickle
from basicsr_weightcheck.checkpoint.sniff import SAFETENSORS, TORCH_LEGACY, TORCH_ZIP, sniff
from basicsr_weightcheck.checkpoint.state_dicts import find_tables
from basicsr_weightcheck.checkpoint.tree import TreeBuilder
from basicsr_weightcheck.checkpoint.zip_directory import ZipEntry
from basicsr_weightcheck.errors import CheckpointError, CorruptCheckpointError
from basicsr_weightcheck.records.tensors import CheckpointHeader, StorageSpec

# All that the standard library raises on bytes that are not what they claim to be.
_MALFORMED = (
    pickle.UnpicklingError,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
    NotImplementedError,
    UnicodeError,
    StopIteration,
    RuntimeError,
    AssertionError,
)


# Checkpoints of one run differ in their tensors, not in their index: the last two are kept. What it
# returns is shared between files and must not be changed.
_unpickle_once = lru_cache(maxsize=2)(unpickle)


def read_header(
    path: Union[str, os.PathLike[str]], limits: Limits = DEFAULT_LIMITS
) -> CheckpointHeader:
    """Return the tensor table of a checkpoint without loading a tensor.

    Reads the index only, whatever the file size. Never imports torch and never runs code named by
    the file.

    Raises:
        UnrecognizedFormatError: the first bytes match no known container.
        CorruptCheckpointError: the container is known but contradicts itself.
        LimitExceededError: a ceiling was reached.
        CheckpointError: the file cannot be opened (missing, a directory, no permission).
    """
    text = os.fspath(path)
    try:
        with open(text, 'rb') as file:
            return _read(file, text, limits)
    except CheckpointError as error:
        if not error.path:
            raise type(error)(error.what, path=text, advice=error.advice) from error
        raise
    except OSError as error:
        raise CheckpointError(f'cannot be read: {error.strerror or error}.', path=text) from error
    except _MALFORMED as error:
        raise CorruptCheckpointError(
            f'its index is damaged ({type(error).__name__}: {str(error)[:120]}).',
            path=text,
            advice='Download or copy it again.',
        ) from error


def _read(file: BinaryIO, path: str, limits: Limits) -> CheckpointHeader:
    file_bytes = os.fstat(file.fileno()).st_size
    sniffed = sniff(file, file_bytes, limits)
    if sniffed.entries:
        return _read_zip(sniffed.entries, file, path, file_bytes, limits)
    readers: Dict[str, Callable[..., CheckpointHeader]] = {
        TORCH_LEGACY: _read_legacy,
        SAFETENSORS: _read_safetensors,
        'zip-cut': _read_cut_zip,
    }
    if sniffed.kind not in readers:
        raise refusal(sniffed, path, file_bytes)
    return readers[sniffed.kind](file, path, file_bytes, limits)


def _read_zip(
    entries: Sequence[ZipEntry], file: BinaryIO, path: str, file_bytes: int, limits: Limits
) -> CheckpointHeader:
    layout = zip_layout.read_layout(entries, file, file_bytes, path, limits)
    value, names, _ = _unpickle_once(layout.pickle, limits)

    def find_storage(reference: StorageReference) -> StorageSpec:
        name = f'data/{reference.key}'
        record = layout.records.get(name)
        if record is None:
            raise CorruptCheckpointError(f'its storage {name} is missing.', path=path)
        if record.byte_count < reference.byte_count:
            raise CorruptCheckpointError(
                f'its storage {name} has {record.byte_count} of {reference.byte_count} bytes.',
                path=path,
            )
        return StorageSpec(name, record.offset, record.byte_count, record.crc32, reference.device)

    root = TreeBuilder(find_storage, limits).build(value)
    notes = (('archive_root', layout.root), *layout.notes)
    return CheckpointHeader(
        path, TORCH_ZIP, file_bytes, root, names, find_tables(root), format_notes=notes
    )


def _read_cut_zip(file: BinaryIO, path: str, file_bytes: int, limits: Limits) -> CheckpointHeader:
    archive_root, data = zip_layout.recover_pickle(file, path, limits)
    value, names, used = unpickle(data, limits)
    announced: Dict[str, int] = {}

    def find_storage(reference: StorageReference) -> StorageSpec:
        announced[reference.key] = reference.byte_count
        return StorageSpec(
            f'data/{reference.key}', None, reference.byte_count, None, reference.device
        )

    root = TreeBuilder(find_storage, limits).build(value)
    present = file_bytes - (file.tell() - len(data)) - used
    missing = max(sum(announced.values()) - present, 1)
    notes = (('archive_root', archive_root),)
    return CheckpointHeader(
        path, TORCH_ZIP, file_bytes, root, names, find_tables(root), False, missing, notes
    )


def _read_legacy(file: BinaryIO, path: str, file_bytes: int, limits: Limits) -> CheckpointHeader:
    value, names, keys, start = legacy_stream.read_stream(file, path, limits)
    references = _references(value)
    offsets, end = legacy_stream.storage_offsets(keys, references, start)

    def find_storage(reference: StorageReference) -> StorageSpec:
        if reference.key not in offsets:
            raise CorruptCheckpointError(f'its storage {reference.key} is missing.', path=path)
        offset = offsets[reference.key]
        return StorageSpec(reference.key, offset, reference.byte_count, None, reference.device)

    root = TreeBuilder(find_storage, limits).build(value)
    return CheckpointHeader(
        path,
        TORCH_LEGACY,
        file_bytes,
        root,
        names,
        find_tables(root),
        end <= file_bytes,
        max(end - file_bytes, 0),
    )


def _references(value: Any) -> Dict[str, StorageReference]:
    """{storage key: reference} of every tensor below `value`; shared values are seen once."""
    found: Dict[str, StorageReference] = {}
    seen = set()
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, RawTensor):
            found[item.storage.key] = item.storage
        elif isinstance(item, StorageReference):
            found[item.key] = item
        elif isinstance(item, (dict, list, tuple, set)) and id(item) not in seen:
            seen.add(id(item))
            waiting.extend(dict.values(item) if isinstance(item, dict) else item)
    return found


def _read_safetensors(
    file: BinaryIO, path: str, file_bytes: int, limits: Limits
) -> CheckpointHeader:
    table, end, notes = safetensors_header.read_table(file, path, limits)
    tables: Dict[str, Any] = {'': table} if table.entries else {}
    complete: Tuple[bool, int] = (end <= file_bytes, max(end - file_bytes, 0))
    return CheckpointHeader(
        path, SAFETENSORS, file_bytes, table, (), tables, complete[0], complete[1], notes
    )
