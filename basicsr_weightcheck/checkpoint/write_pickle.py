"""The pickle of state dicts as torch.save writes it, opcode by opcode (protocol 2).

Source: torch/serialization.py `_save`, `_legacy_save`; torch/_tensor.py `_reduce_ex_internal`;
torch/storage.py `_new_dtypes` (2.13).
"""

from __future__ import annotations

import pickle
import struct
from typing import Dict, List, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.dtypes import STORAGE_CLASSES
from basicsr_weightcheck.checkpoint.storage_plan import StoragePlan, byte_count
from basicsr_weightcheck.records.conversions import PlannedFile, PlannedTable, PlannedTensor
from basicsr_weightcheck.records.tensors import contiguous_stride

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


def has_class(dtype: str) -> bool:
    """torch has a typed storage for it; the others are stored as plain bytes."""
    return dtype in _CLASS_OF


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
    typed = has_class(tensor.dtype)
    count = holder.elements if typed else byte_count(holder)
    reference = [_text('storage'), _storage_class(tensor.dtype), _text(str(index)), _text('cpu')]
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


def _storage_class(dtype: str) -> bytes:
    if has_class(dtype):
        return _global('torch', _CLASS_OF[dtype])
    return _global('torch.storage', 'UntypedStorage')


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
