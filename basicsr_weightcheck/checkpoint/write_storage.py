"""Copy the bytes of one storage to the converted file and know their CRC-32."""

from __future__ import annotations

import zlib
from typing import BinaryIO, Optional

from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.checkpoint.storage_plan import byte_count
from basicsr_weightcheck.checkpoint.tensor_stream import TensorStream
from basicsr_weightcheck.records.conversions import PlannedTensor


def write_storage(out: BinaryIO, stream: TensorStream, tensor: PlannedTensor) -> int:
    """Write the bytes of a tensor and return their CRC-32.

    Raises:
        CorruptCheckpointError: they do not match the CRC-32 that the source has of them: torch.load
            would not have noticed.
        CheckpointError: the source cannot be read.
    """
    crc = 0
    for piece in stream.pieces(tensor):
        out.write(piece)
        crc = zlib.crc32(piece, crc)
    expected = _known_crc32(tensor)
    if expected is not None and crc != expected:
        raise problem('bytes-changed', stream.path, key=tensor.parts[0].key)
    return crc


def _known_crc32(tensor: PlannedTensor) -> Optional[int]:
    """The CRC-32 in the source, where the tensor is a whole storage as it lies there."""
    part = tensor.parts[0]
    whole = len(tensor.parts) == 1 and tensor.channels is None and part.is_contiguous
    if not whole or tensor.dtype != part.dtype or part.storage is None:
        return None
    same = part.storage_offset == 0 and part.storage.byte_count == byte_count(tensor)
    return part.storage.crc32 if same else None
