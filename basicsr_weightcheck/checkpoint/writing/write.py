"""Write a converted file whole or not at all, and check it before it gets its name."""

from __future__ import annotations

import json
import os
import struct
from functools import lru_cache, partial
from typing import Any, BinaryIO, Callable, Dict, List, Sequence, Tuple, Union

from basicsr_weightcheck.checkpoint.containers.safetensors_header import LENGTH_BYTES, METADATA
from basicsr_weightcheck.checkpoint.dtypes import SAFETENSORS as NAMES
from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.values.checksums import crc32_of
from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader, first_byte
from basicsr_weightcheck.checkpoint.values.tensor_stream import TensorStream
from basicsr_weightcheck.checkpoint.writing.storage_plan import (
    StoragePlan,
    byte_count,
    plan_storages,
)
from basicsr_weightcheck.checkpoint.writing.torch_files import write_legacy, write_zip
from basicsr_weightcheck.errors import CheckpointError, ReportError, UsageError
from basicsr_weightcheck.messages.lookup import phrase, system_reason
from basicsr_weightcheck.records.findings import PlannedFile, PlannedTensor, Written
from basicsr_weightcheck.records.tensors import SAFETENSORS, TORCH_LEGACY, TORCH_ZIP, TensorSpec
from basicsr_weightcheck.whole_file import NewFile, is_special, new_file

BUFFER_BYTES = 1 << 20
_NAME_OF = {dtype: name for name, dtype in NAMES.items()}


def refuse_target(source: str, target: str, *, force: bool) -> None:
    """Raise where the target must not be written.

    Args:
        source: file that is read.
        target: file to write.
        force: an existing target may be replaced.

    Raises:
        UsageError: it is the source itself, a folder, a device or a pipe, or it exists and `force`
            is False.
        ReportError: its folder does not exist.
    """
    folder = os.path.dirname(os.path.abspath(target))
    if not os.path.isdir(folder):
        raise ReportError(phrase('target-no-folder'), path=target)
    if os.path.isdir(target):
        raise _refused('target-is-folder', target)
    if not os.path.lexists(target):
        return
    if os.path.exists(target) and os.path.samefile(source, target):
        raise _refused('target-is-source', target)
    if is_special(target):  # it could not be read back
        raise _refused('target-is-special', target)
    if not force:
        raise _refused('target-exists', target)


def _refused(code: str, target: str) -> UsageError:
    return UsageError(phrase(code), path=target, advice=phrase(f'{code}-do'))


def write_converted(
    source: str, target: str, planned: PlannedFile, stamp: Tuple[int, ...] = ()
) -> Written:
    """Write the planned file beside its place, read it back, then let it have its name.

    Nothing is left where anything goes wrong; see `whole_file.new_file`.

    Raises:
        CheckpointError: the source cannot be read, or is another than that of the stamp.
        ReportError: the target cannot be written, or is not what was written.
    """
    try:
        with new_file(target, BUFFER_BYTES) as made, ByteReader(source, stamp) as reader:
            written = _write(made, planned, TensorStream(reader))
        _sync_folder(os.path.dirname(os.path.realpath(target)))
    except OSError as error:
        what = phrase('cannot-be-written', reason=system_reason(error))
        raise ReportError(what, path=target) from error
    return written


def _write(made: NewFile, planned: PlannedFile, stream: TensorStream) -> Written:
    out = made.out
    plan = plan_storages(planned, shared=planned.container != SAFETENSORS)
    crcs = _WRITERS[planned.container](out, planned, plan, stream)
    out.flush()
    os.fsync(out.fileno())  # before the new name is given: a power cut must not leave it empty
    read_back(made.path, planned, plan, crcs)
    size = os.fstat(out.fileno()).st_size
    return Written(size, len(plan.storages), tuple(sorted(stream.overflowed)))


def _sync_folder(folder: str) -> None:
    """The new name survives a power cut too; folders cannot be opened on Windows."""
    if hasattr(os, 'O_DIRECTORY'):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_back(path: str, planned: PlannedFile, plan: StoragePlan, crcs: Tuple[int, ...]) -> None:
    """Check tables, names, shapes, dtypes and every byte of the file.

    Args:
        planned, plan: what it should hold.
        crcs: CRC-32 of each storage as it was written.

    Raises:
        ReportError: something differs; the disk or this program is at fault.
    """
    try:
        header = read_header(path)
        with ByteReader(path) as reader:
            # Tied tensors are read once.
            crc32 = lru_cache(maxsize=None)(partial(crc32_of, reader.read_into))
            for (name, table), places in zip(planned.tables, plan.places):
                found = header.tables[name].tensors if name in header.tables else ()
                if _listed(found, planned) != _listed(table.tensors, planned):
                    raise _differs(path, phrase('the-table', name=repr(name or 'root')))
                by_key = {spec.key: spec for spec in found}
                for tensor, index in zip(table.tensors, places):
                    spec = by_key[tensor.key]
                    size = spec.count * WIDTH[spec.dtype]
                    if not spec.is_contiguous or crc32(first_byte(spec), size) != crcs[index]:
                        raise _differs(path, phrase('the-tensor', name=repr(tensor.key)))
    except CheckpointError as error:
        raise _differs(path, error.what) from error


def _listed(
    tensors: Sequence[Union[TensorSpec, PlannedTensor]], planned: PlannedFile
) -> List[Tuple[str, Tuple[int, ...], str]]:
    """Names, shapes and dtypes in the order of the file, which safetensors chooses itself."""
    listed = [(one.key, one.shape, one.dtype) for one in tensors]
    return sorted(listed) if planned.container == SAFETENSORS else listed


def _differs(path: str, what: str) -> ReportError:
    what = phrase('written-wrong', what=what)
    return ReportError(what, path=path, advice=phrase('written-wrong-do'))


# A safetensors file: JSON header, then the tensors without a gap.
#
# Source: safetensors README, "Format", and safetensors/src/tensor.rs `prepare` (0.8): the header is
# padded with spaces to 8 bytes, wide dtypes come first.


def write_safetensors(
    out: BinaryIO, planned: PlannedFile, plan: StoragePlan, stream: TensorStream
) -> Tuple[int, ...]:
    """Write the whole file and return the CRC-32 of each storage.

    Raises:
        UsageError: the format has no name for a dtype, or a tensor has a name it reserves.
        CheckpointError: the source cannot be read.
        OSError: the file cannot be written.
    """
    storages = plan.storages
    order = sorted(range(len(storages)), key=lambda i: (-WIDTH[storages[i].dtype], storages[i].key))
    header: Dict[str, Any] = {METADATA: {'format': 'pt'}}
    at = 0
    for index in order:
        tensor = storages[index]
        if tensor.dtype not in _NAME_OF or not _is_name(tensor.key):
            facts = {'key': repr(tensor.key), 'dtype': tensor.dtype}
            raise UsageError(phrase('safetensors-cannot-hold', **facts))
        end = at + byte_count(tensor)
        header[tensor.key] = {
            'dtype': _NAME_OF[tensor.dtype],
            'shape': list(tensor.shape),
            'data_offsets': [at, end],
        }
        at = end
    text = json.dumps(header, ensure_ascii=False, separators=(',', ':')).encode()
    text += b' ' * (-(LENGTH_BYTES + len(text)) % 8)
    out.write(struct.pack('<Q', len(text)) + text)
    crcs = [0] * len(order)
    for index in order:
        crcs[index] = stream.write(out, storages[index])
    return tuple(crcs)


def _is_name(key: str) -> bool:
    """UTF-8 text that is not the reserved name; pickles may hold lone surrogates."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return key != METADATA


Writer = Callable[[BinaryIO, PlannedFile, StoragePlan, TensorStream], Tuple[int, ...]]
_WRITERS: Dict[str, Writer] = {
    TORCH_ZIP: write_zip,
    TORCH_LEGACY: write_legacy,
    SAFETENSORS: write_safetensors,
}
