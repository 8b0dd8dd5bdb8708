"""Read bytes of a weight file in pieces, from several threads at once."""

from __future__ import annotations

import os
import threading

from basicsr_weightcheck.checkpoint.problems import problem
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.messages.lookup import system_reason

POSITIONED = hasattr(os, 'preadv')  # not on Windows


class ByteReader:
    """One opened file; nothing of it is mapped or kept.

    Args:
        path: of the file.

    Raises:
        CheckpointError: the file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._file = open(path, 'rb', buffering=0)  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            reason = system_reason(error)
            raise problem('cannot-be-read', path, '', CheckpointError, reason=reason) from error
        self._number = self._file.fileno()

    @property
    def path(self) -> str:
        """As given."""
        return self._path

    def __enter__(self) -> ByteReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill `buffer` with the bytes of the file from `offset` on.

        Raises:
            CorruptCheckpointError: the file ends before the buffer is full.
        """
        filled = self._read_once(offset, buffer)  # a whole block, but for rare cases
        while filled < len(buffer):
            got = self._read_once(offset + filled, buffer[filled:])
            if not got:
                end = str(offset + filled)
                raise problem('ends-while-read', self._path, 'run-again', offset=end)
            filled += got

    def _read_once(self, offset: int, buffer: memoryview) -> int:
        if POSITIONED:
            return os.preadv(self._number, [buffer], offset)
        with self._lock:
            self._file.seek(offset)
            return self._file.readinto(buffer) or 0
