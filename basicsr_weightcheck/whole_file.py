"""Write a file whole or not at all; what is no plain file is written into, never replaced."""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, Iterator, NamedTuple

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PREFIX = '.weightcheck_'  # of files that have not got their name yet
DESCRIPTOR = re.compile(r'(/dev|/proc/[^/]+(/task/[^/]+)?)/fd/[0-9]+')
LINKS = 40  # as many as Linux follows


class NewFile(NamedTuple):
    """A file that is being written: where its bytes go, and the path under which they lie."""

    out: BinaryIO
    path: str


def is_special(path: str) -> bool:
    """Something stands there that must not be replaced: a device, a pipe, a process's open file.

    A link to it counts as well. A folder does not, nor what does not exist.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) or _leads_to_a_descriptor(path)


def _leads_to_a_descriptor(path: str) -> bool:
    """One of its links is that of an open file: /dev/stdout, /dev/fd/3, /proc/self/fd/3.

    What such a link says may be no path, or one where another file stands by now.
    """
    for _ in range(LINKS):
        folder, name = os.path.split(os.path.abspath(path))
        path = os.path.join(os.path.realpath(folder), name)
        if DESCRIPTOR.fullmatch(path) or DESCRIPTOR.fullmatch(os.path.join(folder, name)):
            return True
        if not os.path.islink(path):
            return False
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    return False


@contextmanager
def new_file(path: str, buffer_bytes: int = -1) -> Iterator[NewFile]:
    """A file that gets its name when it was written to its end, and replaces what stood there.

    A link stays, and what it leads to is replaced. Where anything goes wrong, SystemExit and Ctrl-C
    included, nothing is left; what a killed run has left in the folder is removed. A device or a
    pipe is written into.

    Raises:
        OSError: it cannot be written; a block device or a socket is refused.
    """
    if is_special(path):
        with _opened(path, buffer_bytes) as out:
            yield NewFile(out, path)
        return
    place = os.path.realpath(path)
    folder = os.path.dirname(place)
    remove_left_over(folder)
    temporary = os.path.join(folder, f'{PREFIX}{secrets.token_hex(8)}')
    try:
        with ExitStack() as lock:
            with _made(temporary, buffer_bytes) as out:
                yield NewFile(out, temporary)
                if fcntl is not None:
                    lock.callback(os.close, os.dup(out.fileno()))
            # It is closed, as some file systems tell of a full disk no sooner, and still locked.
            if os.path.exists(place):
                os.chmod(temporary, os.stat(place).st_mode & 0o777)
            os.replace(temporary, place)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise


def _opened(path: str, buffer_bytes: int) -> BinaryIO:
    """What is there, for writing: at its end, and never cut."""
    mode = os.stat(path).st_mode
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise OSError(0, 'not a regular file', path)
    number = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, 'O_NOCTTY', 0))
    return os.fdopen(number, 'wb', buffer_bytes)


def _made(path: str, buffer_bytes: int) -> BinaryIO:
    """A new file that is locked while it is open, so that no other run takes it for a left one."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, 'O_BINARY', 0)
    while True:
        number = os.open(path, flags, 0o666)  # less what the umask takes
        _lock(number, wait=True)  # another run may just be looking whether it is held
        if os.fstat(number).st_nlink:
            return os.fdopen(number, 'wb', buffer_bytes)
        os.close(number)  # another run was quicker than the lock


def remove_left_over(folder: str) -> None:
    """Remove the files of runs that were killed: those that nobody holds a lock on."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith(PREFIX)]
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        try:
            if stat.S_ISREG(os.lstat(path).st_mode):
                _remove_unlocked(path)
        except OSError:
            continue  # another run removes it, or it is not ours


def _remove_unlocked(path: str) -> None:
    number = os.open(path, os.O_RDWR | getattr(os, 'O_NOFOLLOW', 0))
    try:
        if _lock(number):
            os.unlink(path)
    finally:
        os.close(number)


def _lock(number: int, wait: bool = False) -> bool:
    """Lock an open file; False where another run has it, or where nothing can be locked.

    The lock ends with the process, however that ends. Where none can be had (Windows, some shared
    file systems), what is left stays there.
    """
    if fcntl is None:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
