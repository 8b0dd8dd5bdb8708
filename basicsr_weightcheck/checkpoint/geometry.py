"""Shapes, strides and offsets that a file may claim: they must lie inside their storage."""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.checkpoint.stand_ins import RawTensor
from basicsr_weightcheck.records.tensors import contiguous_stride

# Forms whose elements are not one after the other in their storage.
ELSEWHERE = ('sparse', 'nested', 'quantized')
MOST_ELEMENTS = 1 << 63  # torch counts in int64


@lru_cache(maxsize=1024)
def element_count(shape: Tuple[int, ...]) -> int:
    """Number of elements of a shape.

    Raises:
        CorruptCheckpointError: more than torch can count.
    """
    count = 1
    for size in shape:
        count *= size
        if count >= MOST_ELEMENTS:
            raise problem('shape-overflow', shape=str(shape[:8]))
    return count


def check_geometry(raw: RawTensor, key: str) -> None:
    """Hold a tensor against its storage, as torch does it when it rebuilds the tensor.

    Of forms whose elements lie otherwise only the number of elements is looked at.

    Raises:
        CorruptCheckpointError: shape and stride differ in length, the shape overflows, or an
            element lies beyond the storage.
    """
    shape, stride = raw.shape, raw.stride
    count = element_count(shape)
    if raw.storage is None or raw.form.startswith(ELSEWHERE):
        return
    # Nearly every tensor: one cached comparison instead of a sum over its dimensions.
    if stride == contiguous_stride(shape):
        last = raw.offset + count - 1
    elif len(shape) != len(stride):
        raise problem('stride-length', key=key, shape=len(shape), stride=len(stride))
    else:
        last = raw.offset + sum((size - 1) * step for size, step in zip(shape, stride))
    room = raw.storage.byte_count // WIDTH[raw.dtype]
    if count and last >= room:
        raise problem('tensor-beyond-storage', key=key, last=last + 1, room=room)
