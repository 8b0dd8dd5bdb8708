"""Shapes, strides and offsets that a file may claim, and where a file that is cut ends."""

from __future__ import annotations

from functools import lru_cache
from typing import Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.pickles.stand_ins import RawTensor
from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.records.tensors import (
    Cut,
    TensorSpec,
    Value,
    contiguous_stride,
    tensors_in,
)

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


# Which tensors of a cut file are wholly there.


def find_cut(
    roots: Sequence[Value], present_bytes: int, expected_bytes: int, file_bytes: int
) -> Optional[Cut]:
    """What is left, tensor by tensor; None where the file is whole.

    Args:
        roots: what the file holds; a storage without an offset is not wholly there.
        present_bytes: bytes of the file that are what the index announces.
        expected_bytes: size that the index announces, at least.
    """
    if present_bytes >= expected_bytes:
        return None
    specs = [spec for root in roots for spec in tensors_in(root)]
    lost = sorted((spec for spec in specs if not spec.lies_within(file_bytes)), key=_offset)
    first = lost[0].key if lost else ''
    return Cut(expected_bytes, present_bytes, first, len(lost), len(specs))


def _offset(spec: TensorSpec) -> int:
    """For the order in the file; the order of the tensors where offsets are not known."""
    return (spec.storage.file_offset if spec.storage is not None else None) or 0
