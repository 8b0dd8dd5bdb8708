"""The header of a safetensors file as that of a checkpoint."""

from __future__ import annotations

from typing import BinaryIO

from basicsr_weightcheck.checkpoint.cut import find_cut
from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.safetensors_header import read_table
from basicsr_weightcheck.records.tensors import SAFETENSORS as CONTAINER
from basicsr_weightcheck.records.tensors import CheckpointHeader


def read_safetensors(
    file: BinaryIO, path: str, file_bytes: int, limits: Limits
) -> CheckpointHeader:
    """The header of a file that is whole, or cut behind its JSON."""
    table, end, notes = read_table(file, file_bytes, limits)
    return CheckpointHeader(
        path=path,
        container=CONTAINER,
        file_bytes=file_bytes,
        root=table,
        tables={'': table} if table.entries else {},
        format_notes=notes,
        cut=find_cut((table,), file_bytes, end, file_bytes),
    )
