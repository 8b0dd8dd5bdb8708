"""The header of a safetensors file: 8 bytes of length, JSON, then the tensors.

Source: safetensors README, "Format" (0.8).
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Dict, Tuple

from basicsr_weightcheck.checkpoint.dtypes import SAFETENSORS
from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.errors import CorruptCheckpointError, LimitExceededError
from basicsr_weightcheck.records.tensors import Mapping, StorageSpec, TensorSpec

LENGTH_BYTES = 8
METADATA = '__metadata__'


def read_table(
    file: BinaryIO, path: str, limits: Limits
) -> Tuple[Mapping, int, Tuple[Tuple[str, str], ...]]:
    """Return (tensors, end of the file as announced, metadata pairs).

    Raises:
        CorruptCheckpointError: the header is cut, no JSON object, or an entry is malformed.
        LimitExceededError: the header is longer than `limits.header_bytes`.
    """
    file.seek(0)
    (length,) = struct.unpack('<Q', file.read(LENGTH_BYTES))
    if length > limits.header_bytes:
        raise LimitExceededError(f'its header announces {length} bytes.', path=path)
    text = file.read(length)
    if len(text) < length:
        raise CorruptCheckpointError(
            f'its header ends after {len(text)} of {length} bytes: the file is cut.',
            path=path,
            advice='Download or copy it again.',
        )
    header = json.loads(text)
    if not isinstance(header, dict):
        raise CorruptCheckpointError('its header is no JSON object.', path=path)
    metadata = header.pop(METADATA, None) or {}
    start = LENGTH_BYTES + length
    tensors = tuple((name, _tensor(name, entry, start)) for name, entry in header.items())
    ends = [
        spec.storage.file_offset + spec.storage.byte_count
        for _, spec in tensors
        if spec.storage is not None and spec.storage.file_offset is not None
    ]
    notes = tuple((str(k), str(v)[:200]) for k, v in metadata.items())
    return Mapping(tensors), max([start, *ends]), notes


def _tensor(name: str, entry: Dict[str, Any], start: int) -> TensorSpec:
    first, last = entry['data_offsets']
    storage = StorageSpec('', start + int(first), int(last) - int(first))
    shape = tuple(int(size) for size in entry['shape'])
    return TensorSpec(name, shape, SAFETENSORS.get(entry['dtype'], str(entry['dtype'])), storage)
