"""Read the header of a weight file, whatever its container. The only door into this room.

`accepted_header` is the same for whoever shows the file to torch next.
"""

from __future__ import annotations

import os
import stat
from typing import BinaryIO, Union

from basicsr_weightcheck.checkpoint.pickles.weights_only import harmful_globals
from basicsr_weightcheck.checkpoint.problems import (
    DEFAULT_LIMITS,
    MALFORMED,
    NOT_FOLLOWED,
    Limits,
    problem,
    unsafe,
)
from basicsr_weightcheck.checkpoint.sniff import ZIP_CUT, sniff
from basicsr_weightcheck.errors import CheckpointError, NotUnderstoodError
from basicsr_weightcheck.messages.lookup import system_reason
from basicsr_weightcheck.records.tensors import (
    SAFETENSORS,
    TORCH_LEGACY,
    TORCH_ZIP,
    CheckpointHeader,
)

REASON_CHARACTERS = 120


def read_header(
    path: Union[str, os.PathLike[str]], limits: Limits = DEFAULT_LIMITS
) -> CheckpointHeader:
    """Return the tensor table of a checkpoint without loading a tensor.

    Reads the index only, whatever the file size. Never imports torch and never runs code named by
    the file.

    Raises:
        UnrecognizedFormatError: the first bytes match no known container.
        CorruptCheckpointError: the container is known but contradicts itself.
        LimitExceededError: the file asks for work out of proportion to its size.
        NotUnderstoodError: the index is too large for this reader, or of a kind that it cannot
            follow; torch may load the file.
        UnsafePickleError: the file is no weight file, or malformed, and names functions that run
            code (of a file that can be read `dangerous_globals` tells).
        CheckpointError: the file cannot be opened (missing, a directory, no permission).
    """
    text = os.fspath(path)
    try:
        _refuse_special(text)
        with open(text, 'rb') as file:
            return _read(file, text, limits)
    except CheckpointError as error:
        if not error.path:
            raise type(error)(error.what, path=text, advice=error.advice) from error
        raise
    except OSError as error:
        reason = system_reason(error)
        raise problem(
            'cannot-be-read', text, 'check-path', CheckpointError, reason=reason
        ) from error
    except MALFORMED as error:
        reason = f'{type(error).__name__}: {str(error)[:REASON_CHARACTERS]}'
        if isinstance(error, NOT_FOLLOWED):
            raise problem(
                'index-not-followed', text, 'ask-torch', NotUnderstoodError, reason=reason
            ) from error
        raise problem('index-damaged', text, reason=reason) from error


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


def _refuse_special(path: str) -> None:
    """To open a pipe can wait for ever, and a device has no end."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        reason = 'not a regular file'
        raise problem('cannot-be-read', path, 'check-path', CheckpointError, reason=reason)


def _read(file: BinaryIO, path: str, limits: Limits) -> CheckpointHeader:
    file_bytes = os.fstat(file.fileno()).st_size
    sniffed = sniff(file, file_bytes, limits)
    # A reader is imported on use: most files are zip files.
    if sniffed.kind == TORCH_ZIP:
        from basicsr_weightcheck.checkpoint.read_torch import read_zip

        return read_zip(sniffed.entries, file, path, file_bytes, limits)
    if sniffed.kind == TORCH_LEGACY:
        from basicsr_weightcheck.checkpoint.read_torch import read_legacy

        return read_legacy(file, path, file_bytes, limits)
    if sniffed.kind == SAFETENSORS:
        from basicsr_weightcheck.checkpoint.containers.safetensors_header import read_safetensors

        return read_safetensors(file, path, file_bytes, limits)
    if sniffed.kind == ZIP_CUT:
        from basicsr_weightcheck.checkpoint.read_torch import read_cut_zip

        return read_cut_zip(file, path, file_bytes, limits)
    from basicsr_weightcheck.checkpoint.pickles.refusals import refusal

    raise refusal(sniffed, file, path, limits)
