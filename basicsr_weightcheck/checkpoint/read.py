"""Read the header of a weight file, whatever its container. The only door into this room.

The doors differ in the code that they refuse: `accepted_header` is for whoever shows the file to
torch next, `read_shown` and `read_whole` for whoever only looks at it.
"""

from __future__ import annotations

import os
import stat
from typing import BinaryIO, Callable, Tuple, Union

from basicsr_weightcheck.checkpoint.pickles.weights_only import (
    code_globals,
    dangerous_globals,
    harmful_globals,
)
from basicsr_weightcheck.checkpoint.problems import (
    DEFAULT_LIMITS,
    MALFORMED,
    NOT_FOLLOWED,
    Limits,
    file_stamp,
    problem,
    unsafe,
)
from basicsr_weightcheck.checkpoint.sniff import ZIP_CUT, sniff
from basicsr_weightcheck.errors import CheckpointError, CorruptCheckpointError, NotUnderstoodError
from basicsr_weightcheck.messages.lookup import phrase, system_reason
from basicsr_weightcheck.messages.of_files import cut_phrase
from basicsr_weightcheck.records.tensors import (
    SAFETENSORS,
    TORCH_LEGACY,
    TORCH_ZIP,
    CheckpointHeader,
)

REASON_CHARACTERS = 120
Code = Callable[[CheckpointHeader], Tuple[str, ...]]  # the names that a door refuses


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
            stamp = file_stamp(os.fstat(file.fileno()))  # before the first byte
            return _read(file, text, limits)._replace(stamp=stamp)
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
        torch_version: of the torch that will load it, '' when not known.

    Raises:
        UnsafePickleError: it names code that a plain torch.load of this torch calls.
        CheckpointError: as `read_header`.
    """
    return _without(path, lambda header: harmful_globals(header, torch_version))


def any_code(header: CheckpointHeader) -> Tuple[str, ...]:
    """Every name in a file that is code."""
    return code_globals(header.globals)


def code_alone(header: CheckpointHeader) -> Tuple[str, ...]:
    """The code in a file that has no table of tensors."""
    if header.tables:
        return ()
    whole_network = any(one.is_module for one in header.foreign)
    return (dangerous_globals if whole_network else code_globals)(header.globals)


def read_shown(path: str) -> CheckpointHeader:
    """The header of a file, which has more in it than code.

    Raises:
        CheckpointError: it cannot be read.
        UnsafePickleError: there is no table of tensors in it, and it names code.
    """
    return _without(path, code_alone)


def read_whole(path: str, code: Code = code_alone) -> CheckpointHeader:
    """The header of a file that is all there.

    Raises:
        CheckpointError: it cannot be read, or it is cut.
        UnsafePickleError: it names `code`.
    """
    header = _without(path, code)
    if header.cut is not None:
        raise CorruptCheckpointError(cut_phrase(header.cut), path=path, advice=phrase('do-again'))
    return header


def _without(path: str, code: Code) -> CheckpointHeader:
    header = read_header(path)
    names = code(header)
    if names:
        raise unsafe(names, path)
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
