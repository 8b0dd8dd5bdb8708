"""The files that a rehearsal opens: what each holds, told by its header alone."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Set

from basicsr_weightcheck.errors import CheckpointError, LimitExceededError, UnsafePickleError
from basicsr_weightcheck.records.sources import FileTensor
from basicsr_weightcheck.records.tensors import HELD_BACK, VIRTUAL, CheckpointHeader, FileDict
from basicsr_weightcheck.rehearsal.following.ledger import Ledger
from basicsr_weightcheck.rehearsal.following.replay import named_tensors
from basicsr_weightcheck.rehearsal.surroundings import plain_functions

BLOCK_BYTES = 1 << 20
BYTES = '<bytes>'  # name of a file that was read by other code before


class Opening(NamedTuple):
    """One time that a file was opened.

    Attributes:
        path: as the training names it.
        value: what was handed out.
    """

    path: str
    value: Any


class Shelf:
    """Hands out weightless tensors of files, and writes their names into the ledger.

    Attributes:
        ledger, device, torch_version: as given.
        openings: in order.
        fill: (path, object that stands for the file's content) -> None; gives its tensors values.
            None leaves them as they are.
        lost: files that hold what cannot be followed.
        is_reading: above 0 while a door reads.
        wants_memory: a file has entries that only tensors on the CPU can stand for.
        array_sizes: elements of the arrays of files that numpy was given.
        kept: {path: what torch has made of the file}, for an average that opens it once more.

    Args:
        headers: {path as the training names it: header} of files that were read already.
        ledger: where names are written.
        device: 'meta' or 'cpu', where the tensors are.
        torch_version: of this process.
        read: (path, torch version) -> header of a file that was not read yet; raises
            CheckpointError (`checkpoint.read.accepted_header`).
    """

    def __init__(
        self,
        headers: Dict[str, CheckpointHeader],
        ledger: Ledger,
        device: str,
        torch_version: str,
        read: Callable[[str, str], CheckpointHeader],
    ) -> None:
        self._read = read
        self.torch_version = torch_version
        self._headers: Dict[str, Optional[CheckpointHeader]] = dict(headers)
        self.ledger = ledger
        self.device = device
        self.openings: List[Opening] = []
        self.kept: Dict[str, Any] = {}
        self.array_sizes: Set[int] = set()
        self.wants_memory = False
        self.lost: List[str] = []
        self.fill: Optional[Callable[[str, Any], None]] = None
        self.is_reading = 0  # doors that are open

    def path_of(self, file: Any) -> str:
        """The file that a path, an open file or a buffer stands for, '' where that is not known."""
        if isinstance(file, (str, os.PathLike)):
            return os.fspath(file)
        name = getattr(file, 'name', None)
        if isinstance(name, str):
            return name
        if isinstance(file, (io.BytesIO, bytes)):
            size = len(file) if isinstance(file, bytes) else file.getbuffer().nbytes
            content = memoryview(file if isinstance(file, bytes) else file.getbuffer())
            for path, header in self._headers.items():
                if header is not None and header.file_bytes == size and _holds(path, content):
                    return path
        return ''

    def is_planned(self, path: str) -> bool:
        """The file is one that a conversion would write."""
        header = self._headers.get(path)
        return header is not None and header.container == VIRTUAL

    def header(self, path: str) -> Optional[CheckpointHeader]:
        """What is known of a file, read now if it was not read before; None if it cannot be."""
        if path not in self._headers:
            with self.reading():
                self._headers[path] = self._found(path)
        return self._headers[path]

    def _found(self, path: str) -> Optional[CheckpointHeader]:
        try:
            return self._read(path, self.torch_version)._replace(path=path)
        except (LimitExceededError, UnsafePickleError):  # a NotUnderstoodError is torch's to judge
            return CheckpointHeader(path, HELD_BACK, 0, FileDict(()))
        except CheckpointError:
            return None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A door is open: what is read meanwhile is read by it."""
        self.is_reading += 1
        try:
            yield
        finally:
            self.is_reading -= 1

    def hand_out(self, path: str, value: Any) -> Any:
        """Name every tensor of an object that stands for a file's content; returns the object."""
        path = path or BYTES
        if self.fill is not None:
            self.fill(path, value)
        self.openings.append(Opening(path, value))
        with plain_functions():
            for table, key, tensor in named_tensors(value):
                self.ledger.name(tensor, FileTensor(path, table, key))
        return value


def _holds(path: str, content: memoryview) -> bool:
    """The file has these bytes."""
    try:
        with open(path, 'rb') as file:
            for first in range(0, len(content), BLOCK_BYTES):
                if file.read(BLOCK_BYTES) != content[first : first + BLOCK_BYTES]:
                    return False
    except OSError:
        return False
    return True
