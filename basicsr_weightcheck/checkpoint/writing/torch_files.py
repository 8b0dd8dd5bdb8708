"""Write the containers of torch, zip and legacy, and the pickle inside.

Source: torch/serialization.py `_save` and caffe2/serialize/inline_container.cc (2.13): names and
order of the entries, 64-byte alignment, no time stamps.
"""

from __future__ import annotations

import hashlib
import pickle
import struct
import zipfile
from typing import IO, BinaryIO, Dict, List, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.containers.zip_directory import LOCAL_HEADER
from basicsr_weightcheck.checkpoint.dtypes import STORAGE_CLASSES
from basicsr_weightcheck.checkpoint.values.tensor_stream import TensorStream
from basicsr_weightcheck.checkpoint.writing.storage_plan import StoragePlan, byte_count
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.findings import PlannedFile, PlannedTable, PlannedTensor
from basicsr_weightcheck.records.tensors import contiguous_stride

# The pickle of state dicts as torch.save writes it, opcode by opcode (protocol 2).
#
# Source: torch/serialization.py `_save`, `_legacy_save`; torch/_tensor.py `_reduce_ex_internal`;
# torch/storage.py `_new_dtypes` (2.13).

_BATCH = 1000  # pairs for each SETITEMS, as the standard pickler does
_CLASS_OF: Dict[str, str] = {
    dtype: name for name, dtype in STORAGE_CLASSES.items() if name != 'UntypedStorage'
}


def content_pickle(planned: PlannedFile, plan: StoragePlan, legacy: bool) -> bytes:
    """The pickle of all tables.

    Args:
        planned: the converted file.
        plan: its storages; a tensor refers to one by the index as text.
        legacy: references are those of torch < 1.6, with an empty place for a view.
    """
    tables = []
    for (name, table), places in zip(planned.tables, plan.places):
        tables.append((name, _table(table, places, plan, legacy)))
    if tables[0][0] == '':
        return _whole(tables[0][1])
    return _whole(_dict([(_text(name), body) for name, body in tables]))


def plain_pickle(value: object) -> bytes:
    """A pickle of plain values, for the heads of the legacy container."""
    return pickle.dumps(value, protocol=2)


def _table(table: PlannedTable, places: Sequence[int], plan: StoragePlan, legacy: bool) -> bytes:
    pairs = [
        (_text(tensor.key), _tensor(tensor, index, plan.storages[index], legacy))
        for tensor, index in zip(table.tensors, places)
    ]
    if not table.ordered:
        return _dict(pairs)
    body = _ordered_dict(pairs)
    if table.metadata_versions is None:
        return body
    versions = [
        (_text(module), _dict(_version(version))) for module, version in table.metadata_versions
    ]
    return body + _dict([(_text('_metadata'), _ordered_dict(versions))]) + pickle.BUILD


def _version(version: Optional[int]) -> List[Tuple[bytes, bytes]]:
    """torch's versions are small numbers; a file may claim any."""
    if version is None or abs(version) >= 1 << 31:
        return []
    return [(_text('version'), _number(version))]


def _tensor(tensor: PlannedTensor, index: int, holder: PlannedTensor, legacy: bool) -> bytes:
    """`_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`.

    A dtype without a storage class of its own lies in untyped bytes, and `_v3` is told it.
    """
    typed = tensor.dtype in _CLASS_OF  # torch has a typed storage for it
    count = holder.elements if typed else byte_count(holder)
    kind = ('torch', _CLASS_OF[tensor.dtype]) if typed else ('torch.storage', 'UntypedStorage')
    reference = [_text('storage'), _global(*kind), _text(str(index)), _text('cpu')]
    reference += [_number(count), pickle.NONE] if legacy else [_number(count)]
    arguments = [
        _tuple(reference) + pickle.BINPERSID,
        _number(0),
        _tuple([_number(size) for size in tensor.shape]),
        _tuple([_number(step) for step in contiguous_stride(tensor.shape)]),
        pickle.NEWFALSE,
        _ordered_dict([]),
    ]
    if not typed:
        arguments.append(_global('torch', tensor.dtype))
    rebuild = '_rebuild_tensor_v2' if typed else '_rebuild_tensor_v3'
    return _global('torch._utils', rebuild) + _tuple(arguments) + pickle.REDUCE


def _whole(body: bytes) -> bytes:
    return pickle.PROTO + b'\x02' + body + pickle.STOP


def _dict(pairs: Sequence[Tuple[bytes, bytes]]) -> bytes:
    return pickle.EMPTY_DICT + _items(pairs)


def _ordered_dict(pairs: Sequence[Tuple[bytes, bytes]]) -> bytes:
    made = _global('collections', 'OrderedDict') + pickle.EMPTY_TUPLE + pickle.REDUCE
    return made + _items(pairs)


def _items(pairs: Sequence[Tuple[bytes, bytes]]) -> bytes:
    batches = []
    for first in range(0, len(pairs), _BATCH):
        flat = b''.join(key + value for key, value in pairs[first : first + _BATCH])
        batches.append(pickle.MARK + flat + pickle.SETITEMS)
    return b''.join(batches)


def _tuple(items: Sequence[bytes]) -> bytes:
    return pickle.MARK + b''.join(items) + pickle.TUPLE


def _global(module: str, name: str) -> bytes:
    return pickle.GLOBAL + f'{module}\n{name}\n'.encode('ascii')


def _text(text: str) -> bytes:
    data = text.encode('utf-8', 'surrogatepass')
    return pickle.BINUNICODE + struct.pack('<I', len(data)) + data


def _number(number: int) -> bytes:
    if 0 <= number < 0x100:
        return pickle.BININT1 + bytes([number])
    if 0 <= number < 0x80000000:
        return pickle.BININT + struct.pack('<i', number)
    data = number.to_bytes(number.bit_length() // 8 + 1, 'little', signed=True)
    return pickle.LONG1 + bytes([len(data)]) + data


ALIGNMENT = 64
ROOT = 'archive/'
ZIP64_BYTES = 20  # of the field behind the name


def write_zip(
    out: BinaryIO, planned: PlannedFile, plan: StoragePlan, stream: TensorStream
) -> Tuple[int, ...]:
    """Write the whole file and return the CRC-32 of each storage.

    Raises:
        CheckpointError: the source cannot be read.
        OSError: the file cannot be written.
    """
    crcs = []
    with zipfile.ZipFile(out, 'w') as archive:
        # In torch's order: with the index first, a file that is cut later still tells what it was.
        _add(archive, out, 'data.pkl', content_pickle(planned, plan, legacy=False))
        _add(archive, out, '.format_version', b'1')
        _add(archive, out, '.storage_alignment', str(ALIGNMENT).encode())
        _add(archive, out, 'byteorder', b'little')
        for index, tensor in enumerate(plan.storages):
            with _entry(archive, out, f'data/{index}', byte_count(tensor)) as entry:
                crcs.append(stream.write(entry, tensor))
        _add(archive, out, 'version', b'3\n')
        _add(archive, out, '.data/serialization_id', _serialization_id(archive))
        for one in archive.infolist():  # the same bytes on every system
            one.create_system = one.external_attr = 0
    return tuple(crcs)


def _serialization_id(archive: zipfile.ZipFile) -> bytes:
    """40 digits that differ where names or contents differ, as torch's own."""
    known = repr([(one.filename.encode(), one.CRC) for one in archive.infolist()]).encode()
    return str(int(hashlib.sha256(known).hexdigest(), 16))[-40:].encode()


def _add(archive: zipfile.ZipFile, out: BinaryIO, name: str, data: bytes) -> None:
    with _entry(archive, out, name, len(data)) as entry:
        entry.write(data)


def _entry(archive: zipfile.ZipFile, out: BinaryIO, name: str, size: int) -> IO[bytes]:
    """A new entry whose bytes are aligned, so that they can be mapped."""
    info = zipfile.ZipInfo(ROOT + name)
    info.file_size = size
    wide = size * 1.05 > zipfile.ZIP64_LIMIT  # as ZipFile.open decides
    used = out.tell() + LOCAL_HEADER.size + len(info.filename) + (ZIP64_BYTES if wide else 0) + 4
    padding = -used % ALIGNMENT
    info.extra = b'FB' + struct.pack('<H', padding) + b'Z' * padding  # torch's own
    return archive.open(info, 'w', force_zip64=wide)


# Write the container of torch < 1.6: five pickles, then the storages.
#
# Source: torch/serialization.py `_legacy_save` (2.13).

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
SYS_INFO = {
    'protocol_version': PROTOCOL_VERSION,
    'little_endian': True,
    'type_sizes': {'short': 2, 'int': 4, 'long': 4},
}


def write_legacy(
    out: BinaryIO, planned: PlannedFile, plan: StoragePlan, stream: TensorStream
) -> Tuple[int, ...]:
    """Write the whole file and return the CRC-32 of each storage.

    Raises:
        UsageError: the format has no storage for a dtype (torch writes one and cannot read it).
        CheckpointError: the source cannot be read.
        OSError: the file cannot be written.
    """
    for tensor in plan.storages:
        if tensor.dtype not in _CLASS_OF:
            what = phrase('legacy-cannot-hold', key=repr(tensor.key), dtype=tensor.dtype)
            raise UsageError(what, advice=phrase('legacy-cannot-hold-do'))
    for head in (MAGIC_NUMBER, PROTOCOL_VERSION, SYS_INFO):
        out.write(plain_pickle(head))
    out.write(content_pickle(planned, plan, legacy=True))
    # torch reads them in the order of this list; its own is sorted as text.
    order = sorted(range(len(plan.storages)), key=str)
    out.write(plain_pickle([str(index) for index in order]))
    crcs = [0] * len(order)
    for index in order:
        tensor = plan.storages[index]
        out.write(struct.pack('<q', tensor.elements))
        crcs[index] = stream.write(out, tensor)
    return tuple(crcs)
