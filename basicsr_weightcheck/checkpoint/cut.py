"""Which tensors of a cut file are wholly there."""

from __future__ import annotations

from typing import Iterator, Sequence

from basicsr_weightcheck.records.tensors import (
    Cut,
    Listing,
    Mapping,
    TensorSpec,
    Value,
)


def find_cut(
    roots: Sequence[Value], present_bytes: int, expected_bytes: int, file_bytes: int
) -> Cut:
    """What is left, tensor by tensor.

    Args:
        roots: what the file holds; a storage without an offset is not wholly there.
        present_bytes: bytes of the file that are what the index announces.
        expected_bytes: size that the index announces, at least.
        file_bytes: size of the file.
    """
    specs = [spec for root in roots for spec in _tensors(root)]
    lost = [spec for spec in specs if not spec.lies_within(file_bytes)]
    missing = [spec.key for spec in sorted(lost, key=_offset)]
    return Cut(
        expected_bytes=expected_bytes,
        present_bytes=present_bytes,
        first_missing=missing[0] if missing else '',
        missing=len(missing),
        tensors=len(specs),
    )


def _tensors(value: Value) -> Iterator[TensorSpec]:
    if isinstance(value, TensorSpec):
        yield value
    elif isinstance(value, Mapping):
        for _, item in value.entries:
            yield from _tensors(item)
    elif isinstance(value, Listing):
        for item in value.items:
            yield from _tensors(item)


def _offset(spec: TensorSpec) -> int:
    """For the order in the file; the order of the tensors where offsets are not known."""
    return (spec.storage.file_offset if spec.storage is not None else None) or 0
