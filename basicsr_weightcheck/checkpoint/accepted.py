"""A header that torch may be let near: read, and without names of functions that run code."""

from __future__ import annotations

from basicsr_weightcheck.checkpoint.dangerous_globals import dangerous_globals
from basicsr_weightcheck.checkpoint.problems import unsafe
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.records.tensors import CheckpointHeader


def accepted_header(path: str) -> CheckpointHeader:
    """The header of a file that runs nothing.

    Raises:
        UnsafePickleError: it names functions that run code.
        CheckpointError: as `read_header`.
    """
    header = read_header(path)
    dangerous = dangerous_globals(header.globals)
    if dangerous:
        raise unsafe(dangerous, path)
    return header
