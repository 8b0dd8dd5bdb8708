"""A header of a file that torch may be shown: read, and without code that this torch would call."""

from __future__ import annotations

from basicsr_weightcheck.checkpoint.problems import unsafe
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.weights_only import harmful_globals
from basicsr_weightcheck.records.tensors import CheckpointHeader


def accepted_header(path: str, torch_version: str) -> CheckpointHeader:
    """The header of a file that runs nothing.

    Args:
        path: of the file.
        torch_version: of the torch that will load it, '' when not known.

    Raises:
        UnsafePickleError: it names code that a plain torch.load of this torch calls.
        CheckpointError: as `read_header`.
    """
    header = read_header(path)
    harmful = harmful_globals(header, torch_version)
    if harmful:
        raise unsafe(harmful, path)
    return header
