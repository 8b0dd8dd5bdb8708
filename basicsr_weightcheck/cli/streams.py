"""Standard streams that outlive their reader: the exit code is the verdict's into `head`, too."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import contextmanager, suppress
from typing import Any, Iterator, Optional, TextIO

from basicsr_weightcheck.errors import OutputLostError

GONE = (errno.EPIPE, errno.EINVAL) if os.name == 'nt' else (errno.EPIPE,)


@contextmanager
def lasting_streams() -> Iterator[None]:
    """Replace the process's own streams; terminals, and streams of a caller, stay as they are.

    A reader that goes away is no failure: what is still said to it is dropped. Any other error of
    the standard output is raised as OutputLostError, by a write or a flush.
    """
    for descriptor in range(3):  # what was closed must not become some file that is opened
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    before = sys.stdout, sys.stderr
    if sys.stdout is sys.__stdout__:
        sys.stdout = _lasting(sys.stdout, 1)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _lasting(sys.stderr, 2)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OutputLostError):
                stream.flush()
        sys.stdout, sys.stderr = before


def _lasting(stream: Optional[TextIO], descriptor: int) -> TextIO:
    if stream is None:
        raw = _Lasting(descriptor, is_closed=descriptor == 1)
        return io.TextIOWrapper(io.BufferedWriter(raw), 'utf-8', 'replace')
    if stream.isatty() or not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Lasting(descriptor)),
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
    )


class _Lasting(io.FileIO):
    """A standard stream that leads nowhere once a write has failed.

    Args:
        descriptor: 1 or 2; of the latter no failure is told, for there is no place to tell it.
        is_closed: it was, when the program was started.
    """

    def __init__(self, descriptor: int, is_closed: bool = False) -> None:
        super().__init__(descriptor, 'w', closefd=False)
        self._is_closed = is_closed

    def write(self, data: Any) -> int:
        """As any raw stream; raises OutputLostError where nothing can be written."""
        from basicsr_weightcheck.messages.lookup import phrase

        if self._is_closed:
            self._is_closed = False
            raise OutputLostError(phrase('output-closed'))
        try:
            written = super().write(data)
            while written is None:  # a pipe that does not block, and is full
                import select

                select.select([], [self], [])
                written = super().write(data)
            return written
        except OSError as error:
            self._lead_nowhere()
            if self.fileno() == 2 or error.errno in GONE:
                return memoryview(data).nbytes
            reason = error.strerror or str(error)
            raise OutputLostError(phrase('output-lost', reason=reason)) from error

    def _lead_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
