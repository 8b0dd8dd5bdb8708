"""Rehearsal children that are forked from a process which has imported torch already.

A check spends most of its time on imports. Tests that are not about starting a child take one from
here: the same player, the same pipes, two seconds less. What needs a repair (torchvision) and what
is under test (basicsr, this package) is not imported beforehand. Test-only; POSIX.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import warnings
from typing import IO, Any, Dict, List, Optional, Tuple

PRELOADED = (
    'torch',
    'torch._dynamo',
    'torch.onnx',
    'torch.distributed',
    'cv2',
    'PIL.Image',
    'scipy.special',
    'scipy.ndimage',
    'scipy.linalg',
    'scipy.stats',
    'scipy.signal',
    'scipy.io',
    'yaml',
    'packaging.version',
)
SERVER = 'exec(compile(open({0!r}).read(), {0!r}, "exec")); serve({1})'


class Nursery:
    """One warm process, and the children that it forks.

    Args:
        line: the socket of a process that another one has made; None starts one.
    """

    def __init__(self, line: Optional[socket.socket] = None) -> None:
        self._lock = threading.Lock()  # several checks may ask at once
        if line is not None:
            self._socket = line
            return
        ours, theirs = socket.socketpair()
        self._socket = ours
        command = SERVER.format(os.path.abspath(__file__), theirs.fileno())
        self._server = subprocess.Popen(
            [sys.executable, '-W', 'ignore', '-c', command],
            pass_fds=[theirs.fileno()],
            env=dict(
                os.environ, CUDA_VISIBLE_DEVICES='', PYTHONUNBUFFERED='1', OMP_NUM_THREADS='1'
            ),
            start_new_session=True,
        )
        theirs.close()

    def fork(self, command: List[str], **how: Any) -> WarmChild:
        """What `subprocess.Popen` is asked for, from the warm process."""
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        if not isinstance(how['stdin'], int):  # the line of a nurse
            os.dup2(how['stdin'].fileno(), theirs[0])
        program = {'cwd': how['cwd'], 'env': how['env'], 'code': command[-1]}
        text = json.dumps(program).encode()
        with self._lock:
            socket.send_fds(self._socket, [len(text).to_bytes(8, 'little')], theirs)
            self._socket.sendall(text)
            pid = self._number()
        for one in theirs:
            os.close(one)
        ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        return WarmChild(self, pid, ours)

    def wait(self, pid: int) -> int:
        with self._lock:
            self._socket.sendall(pid.to_bytes(8, 'little'))
            return self._number()

    @property
    def number(self) -> int:
        """The file number of the socket, for a process that inherits it."""
        return self._socket.fileno()

    @property
    def closed(self) -> bool:
        """The tests are over; children that one of them kept end with their pipes."""
        return self._socket.fileno() < 0

    def close(self) -> None:
        self._socket.close()
        self._server.wait()

    def _number(self) -> int:
        data = _read_exactly(self._socket, 8)
        return int.from_bytes(data, 'little', signed=True)


class WarmChild:
    """As much of `subprocess.Popen` as the parent side of a rehearsal uses."""

    def __init__(self, nursery: Nursery, pid: int, pipes: List[int]) -> None:
        self._nursery, self.pid = nursery, pid
        modes = ('wb', 'rb', 'rb')
        streams: List[IO[bytes]] = [
            os.fdopen(pipe, mode, buffering=-1) for pipe, mode in zip(pipes, modes)
        ]
        self.stdin, self.stdout, self.stderr = streams
        self._code: Any = None

    def wait(self) -> int:
        if self._code is None and not self._nursery.closed:
            self._code = self._nursery.wait(self.pid)
        return int(self._code or 0)


def serve(number: int) -> None:
    """The warm process: import, then fork on request until the other end closes."""
    import importlib

    warnings.simplefilter('ignore')
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # only what is there can be imported beforehand
    with socket.socket(fileno=number) as line:
        while True:
            data, pipes, _, _ = socket.recv_fds(line, 8, 3)
            if not data:
                return
            asked = int.from_bytes(data, 'little')
            answer = _fork(json.loads(_read_exactly(line, asked)), pipes) if pipes else _wait(asked)
            line.sendall(answer.to_bytes(8, 'little', signed=True))


def _fork(how: Dict[str, Any], pipes: List[int]) -> int:
    pid = os.fork()
    if pid:
        os.setpgid(pid, pid)  # before anybody can kill the group
        for one in pipes:
            os.close(one)
        return pid
    for target, one in enumerate(pipes):
        os.dup2(one, target)
        os.close(one)
    os.closerange(3, 256)
    os.chdir(how['cwd'])
    os.environ.clear()
    os.environ.update(how['env'])
    places = [place for place in how['env'].get('PYTHONPATH', '').split(os.pathsep) if place]
    sys.path[1:1] = [place for place in places if place not in sys.path]
    status = 1
    try:
        exec(how['code'], {})
        status = 0
    except SystemExit as stopped:
        status = int(stopped.code or 0) if isinstance(stopped.code, (int, type(None))) else 1
    finally:
        sys.stderr.flush()
        os._exit(status)


def _wait(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _read_exactly(line: socket.socket, size: int) -> bytes:
    parts: Tuple[bytes, ...] = ()
    while size:
        part = line.recv(size)
        if not part:
            raise EOFError
        parts += (part,)
        size -= len(part)
    return b''.join(parts)
