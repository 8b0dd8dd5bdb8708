"""Parent side: processes that rehearse. One is begun, or forked from one that has imported already.

Many trainings share an import: a process makes it once and is forked for each training, so nothing
of one reaches the next. Where there is no fork, or none that is safe, every training has a process
that imports for itself, as a single check has.
"""

from __future__ import annotations

import array
import contextlib
import heapq
import itertools
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from subprocess import DEVNULL, PIPE, Popen
from typing import Any, BinaryIO, Callable, Deque, Dict, List, Optional, Sequence, Tuple, Union

from basicsr_weightcheck.rehearsal.protocol import NUMBER, Setup, number_from, send

TAIL_CHUNKS = 16  # of 4 KiB each: the end of what the user's code printed
CHUNK_BYTES = 4096
KILL_S = 10.0
CHILD = 'from basicsr_weightcheck.rehearsal.player import main; main()'
NURSE = 'from basicsr_weightcheck.rehearsal.player import nurse; nurse()'
# Forks of a process that has used Apple's frameworks may crash.
# Source: Python's documentation of multiprocessing, start methods, "Changed in version 3.8".
FORKS = hasattr(os, 'fork') and sys.platform != 'darwin'
MOST_NURSES = 4  # of some hundred MiB each; the one that was used longest ago ends

Tail = Deque[bytes]


class Fork:
    """As much of `subprocess.Popen` as a stage uses, of a process that a nurse has forked."""

    def __init__(self, nurse: Nurse, pid: int, pipes: Sequence[int]) -> None:
        self._nurse, self.pid = nurse, pid
        self.before = tuple(nurse.tail)  # what the import has printed
        self.stdin: BinaryIO = os.fdopen(pipes[0], 'wb')
        self.stdout: BinaryIO = os.fdopen(pipes[1], 'rb')
        self.stderr: BinaryIO = os.fdopen(pipes[2], 'rb')
        self._is_used = True

    def wait(self) -> int:
        """Its exit code, or minus the signal that has ended it; 0 where its nurse is gone."""
        return self._nurse.ask(self.pid) or 0

    def leave(self) -> None:
        """It was ended; its nurse buries it, and we wait for neither."""
        self._nurse.count(-int(self._is_used))
        self._is_used = False


Child = Union['Popen[bytes]', Fork]


class Nurse:
    """A process that imports, and is forked from then on; threads may share it.

    Args:
        python: interpreter of the training.
        folder: that the training is started from.
        setup: what is imported.
    """

    def __init__(self, python: str, folder: str, setup: Setup) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = begin(python, folder, NURSE, theirs)
        self.tail: Tail = deque(maxlen=TAIL_CHUNKS)  # what the import has printed
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            threading.Thread(target=hear, args=(stream, self.tail), daemon=True).start()
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._can_fork: Optional[bool] = None  # not known before it has imported
        self.users = 0  # trainings that have a fork, or wait for one
        with contextlib.suppress(OSError), self._line.makefile('wb') as wire:
            send(wire, setup)

    def fork(self, timeout_s: float) -> Optional[Fork]:
        """A child that has imported; None where there is none, or must be none."""
        if not self._has_imported(timeout_s):
            return None
        requests, answers, printed = (os.pipe() for _ in range(3))  # of each (read, write)
        theirs = [requests[0], answers[1], printed[1]]
        ours = [requests[1], answers[0], printed[0]]
        pid = self.ask(0, theirs)
        for one in theirs if pid else theirs + ours:
            os.close(one)
        return Fork(self, pid, ours) if pid else None

    def _has_imported(self, timeout_s: float) -> bool:
        """Wait for its first answer, whether it can be forked; one that cannot be is ended."""
        with self._lock:  # its answer comes once: a second thread waits for the first to hear it
            if self._can_fork is None:
                heard, _, _ = select.select([self._line], [], [], timeout_s)
                self._can_fork = bool(heard) and number_from(self._line) == 1
                if not self._can_fork:
                    kill(self._process)
            return self._can_fork

    def count(self, change: int) -> None:
        """So many more users."""
        with self._counting:
            self.users += change

    def ask(self, number: int, pipes: Sequence[int] = ()) -> Optional[int]:
        """What it answers: to 0 and pipes the child that has them, to a child how it has ended."""
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', pipes))
        with self._lock, contextlib.suppress(OSError):
            self._line.sendmsg([NUMBER.pack(number)], [rights] if pipes else [])
            return number_from(self._line)
        return None

    def close(self) -> None:
        """End it with all that it has forked."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)  # who waits for an answer gets none
        if not self._can_fork:
            kill(self._process)  # it imports; one that has imported sees that the line has ended
        self._process.wait()
        process = self._process
        for one in (self._line, process.stdin, process.stdout, process.stderr):
            if one is not None:
                one.close()


class Seats:
    """So many at a time; of those that wait, whoever has most to do sits down first.
    A large one that is begun last would leave all cores but one idle.
    """

    def __init__(self, number: int) -> None:
        self._free, self._numbers, self._change = number, itertools.count(), threading.Condition()
        self._waiting: List[Tuple[int, int]] = []  # a heap of (minus the work, number)

    def acquire(self, work: int) -> bool:
        with self._change:
            me = (-work, next(self._numbers))
            heapq.heappush(self._waiting, me)
            self._change.wait_for(lambda: self._free > 0 and self._waiting[0] == me)
            heapq.heappop(self._waiting)
            self._free -= 1
            self._change.notify_all()
        return True

    def release(self) -> None:
        with self._change:
            self._free += 1
            self._change.notify_all()


class Warm:
    """The processes that many trainings share: a context, for several threads.

    Attributes:
        seats: one for each training that may have a child at a time.

    Args:
        seats: their number; as many as are asked for where none is given.
    """

    def __init__(self, seats: int = sys.maxsize) -> None:
        self.seats = Seats(seats)
        self._lock = threading.Lock()
        self._nurses: Dict[str, Nurse] = {}  # by what they import; the last used stands last
        self._alone: List[Popen[bytes]] = []  # that import for themselves
        self._finding = threading.Lock()
        self._found: Dict[Tuple[str, str], Any] = {}
        self.is_closed = False

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.is_closed = True
        for child in self._alone:
            kill(child)
        for nurse in self._nurses.values():
            nurse.close()

    def found(self, beside: str, here: str, find: Callable[[], Any]) -> Any:
        """What trainings find alike whose YAMLs lie in one folder, and that start in one."""
        with self._finding:
            if (beside, here) not in self._found:
                self._found[beside, here] = find()
            return self._found[beside, here]

    def begin(self, python: str, folder: str, setup: Setup) -> None:
        """Let the first process import, before anybody asks for a child."""
        with self._lock:
            if FORKS and not self._nurses and not self.is_closed:
                self._nurses[repr((python, folder, setup))] = Nurse(python, folder, setup)

    def fork(self, python: str, folder: str, setup: Setup, timeout_s: float) -> Optional[Fork]:
        """A child that has imported all this; None where it has to be begun.

        Args:
            python: interpreter of the training.
            folder: that the training is started from.
            timeout_s: for the import.
        """
        key = repr((python, folder, setup))
        with self._lock:
            if not FORKS or self.is_closed:
                return None
            nurse = self._nurses.pop(key, None) or Nurse(python, folder, setup)
            self._nurses[key] = nurse
            nurse.count(1)
            idle = [name for name, one in self._nurses.items() if not one.users]
            spare = idle[: max(0, len(self._nurses) - MOST_NURSES)]
            ended = [self._nurses.pop(name) for name in spare]
        for one in ended:
            one.close()
        fork = nurse.fork(timeout_s)
        if fork is None:
            nurse.count(-1)
        return fork

    def alone(self, python: str, folder: str) -> Popen[bytes]:
        """A process that imports for itself, where none can be forked.

        Raises:
            SystemExit: all has been ended, and what is begun now would outlive us; it ends the
                thread without a word.
        """
        with self._lock:
            if self.is_closed:
                raise SystemExit
            child = begin(python, folder)
            self._alone.append(child)
        return child

    def forget(self, child: Child) -> None:
        """Whoever has it ends it."""
        with self._lock:
            self._alone = [one for one in self._alone if one is not child]


def hear(stream: BinaryIO, tail: Tail) -> None:
    """Keep the end of what is printed, until it ends."""
    try:
        while True:
            chunk = os.read(stream.fileno(), CHUNK_BYTES)
            if not chunk:
                return
            tail.append(chunk)
    except (OSError, ValueError):
        return  # closed under the reader


def begin(python: str, folder: str, program: str = CHILD, requests: Any = PIPE) -> Popen[bytes]:
    """A process that rehearses, or a nurse.

    Args:
        python: interpreter of the training.
        folder: that the training is started from.
        program: what it runs.
        requests: its standard input.
    """
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES='', PYTHONUNBUFFERED='1')
    environment['PYTHONIOENCODING'] = 'utf-8'  # what it prints is no reason to fail
    environment['WEIGHTCHECK'] = 'off'  # what `enable` switches on is for trainings
    environment.pop('LOCAL_RANK', None)
    # Threads that wait by spinning make a pass ten times as slow beside other work.
    environment.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
    # A pass asks again and again for what it has just freed: glibc gives it back only at the end,
    # which spares a first look a fifth of its time.
    environment.setdefault('MALLOC_MMAP_THRESHOLD_', str(32 * 1024**2))  # the most that it takes
    environment.setdefault('MALLOC_TRIM_THRESHOLD_', str(1024**3))
    environment['PYTHONPATH'] = os.pathsep.join(
        part for part in (environment.get('PYTHONPATH', ''), home) if part
    )
    return Popen(
        [python, '-W', 'ignore', '-c', program],
        stdin=requests,
        stdout=PIPE,
        stderr=PIPE,
        cwd=folder,
        env=environment,
        start_new_session=hasattr(os, 'killpg'),  # and on Windows:
        creationflags=getattr(subprocess, 'CREATE_NEW_PROCESS_GROUP', 0),
    )


def kill(child: Child) -> None:
    """End a child with whatever it has started; nothing where it has ended."""
    if hasattr(os, 'killpg'):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # already gone
    elif not isinstance(child, Fork) and child.poll() is None:
        _kill_tree(child)


def _kill_tree(child: Popen[bytes]) -> None:
    """The child with all that it started, on Windows.

    Source: Microsoft's documentation of taskkill: /F at once, /T with child processes.
    """
    try:
        words = ['taskkill', '/F', '/T', '/PID', str(child.pid)]
        subprocess.run(words, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, timeout=KILL_S)
    except (OSError, subprocess.TimeoutExpired):
        pass  # the child itself can be ended all the same
    child.kill()
