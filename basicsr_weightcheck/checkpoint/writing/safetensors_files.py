"""Write a safetensors file: JSON header, then the tensors without a gap.

Source: safetensors README, "Format", and safetensors/src/tensor.rs `prepare` (0.8): the header is
padded with spaces to 8 bytes, wide dtypes come first.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Dict, Tuple

from basicsr_weightcheck.checkpoint.containers.safetensors_header import LENGTH_BYTES, METADATA
from basicsr_weightcheck.checkpoint.dtypes import SAFETENSORS, WIDTH
from basicsr_weightcheck.checkpoint.values.tensor_stream import TensorStream
from basicsr_weightcheck.checkpoint.writing.storage_plan import StoragePlan, byte_count
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.findings import PlannedFile

_NAME_OF = {dtype: name for name, dtype in SAFETENSORS.items()}


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
