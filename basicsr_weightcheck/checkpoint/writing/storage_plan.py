"""Which tensors of a converted file share a storage: tied tensors stay tied."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.records.findings import PlannedFile, PlannedTensor
from basicsr_weightcheck.records.tensors import STORED_FORMS


class StoragePlan(NamedTuple):
    """The storages of a converted file, and which one each tensor uses.

    Attributes:
        storages: the tensor whose bytes each storage holds, in file order.
        places: for each table the index of the storage of each tensor.
    """

    storages: Tuple[PlannedTensor, ...]
    places: Tuple[Tuple[int, ...], ...]


def plan_storages(planned: PlannedFile, shared: bool = True) -> StoragePlan:
    """One storage for tensors that are made of the same bytes in the same way.

    Args:
        planned: the converted file.
        shared: False gives every tensor its own (safetensors allows no other).

    Raises:
        CorruptCheckpointError: the bytes of a tensor are not its values (`TensorSpec.form`).
    """
    storages: List[PlannedTensor] = []
    known: Dict[object, int] = {}
    places = []
    for _, table in planned.tables:
        indices = []
        for tensor in table.tensors:
            for part in tensor.parts:
                if part.form not in STORED_FORMS:
                    raise problem('odd-form', advice='leave-out', key=part.key, form=part.form)
            # What shares its bytes with nothing is known by its number.
            identity = _identity(tensor) if shared and byte_count(tensor) else len(storages)
            index = known.setdefault(identity, len(storages))
            if index == len(storages):
                storages.append(tensor)
            indices.append(index)
        places.append(tuple(indices))
    return StoragePlan(tuple(storages), tuple(places))


def byte_count(tensor: PlannedTensor) -> int:
    """Bytes of a tensor in the converted file."""
    return tensor.elements * WIDTH[tensor.dtype]


def _identity(tensor: PlannedTensor) -> object:
    """Equal for two tensors whose bytes are equal because they are the same bytes of the source."""
    part = tensor.parts[0]
    if len(tensor.parts) == 1 and tensor.channels is None and part.is_contiguous:
        assert part.storage is not None
        storage = part.storage.name, part.storage.file_offset
        return storage, part.storage_offset, part.dtype, part.count, tensor.dtype
    views = tuple(view._replace(key='') for view in tensor.parts)
    channels = tensor.channels
    change = None if channels is None else (channels.channels, channels.mode)
    return views, tensor.join_dim, change, tensor.dtype
