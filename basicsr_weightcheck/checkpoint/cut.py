"""Which tensors of a cut file are wholly there."""

from __future__ import annotations

from typing import Optional, Sequence

from basicsr_weightcheck.records.tensors import Cut, TensorSpec, Value, tensors_in


def find_cut(
    roots: Sequence[Value], present_bytes: int, expected_bytes: int, file_bytes: int
) -> Optional[Cut]:
    """What is left, tensor by tensor; None where the file is whole.

    Args:
        roots: what the file holds; a storage without an offset is not wholly there.
        present_bytes: bytes of the file that are what the index announces.
        expected_bytes: size that the index announces, at least.
        file_bytes: size of the file.
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
