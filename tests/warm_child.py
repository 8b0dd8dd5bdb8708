"""Processes that are forked from one which has imported torch already.

A check or a small training spends most of its time on imports. Tests that are not about starting a
process take one from here: a child of a check, or all that `python -W ignore ...` does. The same
programs, the same pipes, three seconds less. What may need a repair and what is under test
(basicsr, this package) is not imported beforehand. Test-only; POSIX.
"""

from __future__ import annotations

import atexit
import builtins
import compileall
import contextlib
import functools
import gc
import importlib
import importlib.util
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import types
import warnings
from pathlib import Path
from typing import IO, Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

if sys.platform != 'win32':
    import fcntl

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
WARM = (sys.executable, '-W', 'ignore')  # the only beginning that a fork can stand for
LENT = 'WEIGHTCHECK_TEST_NURSERY'  # the number of a nursery's socket, for programs of a shell
CAN_FORK = os.name == 'posix' and sys.version_info >= (3, 9)  # which can send file numbers
HANG_S = 900  # as in tests.helpers, which the warm process has not got
SERVER = '__file__ = {0!r}; exec(compile(open({0!r}).read(), {0!r}, "exec")); serve({1})'


class Nursery:
    """One warm process, and the children that it forks.

    Args:
        line: the socket of a process that another one has made; None starts one.
        python: that it is started with.
    """

    def __init__(self, line: Optional[socket.socket] = None, python: str = sys.executable) -> None:
        self._lock = threading.Lock()  # several checks may ask at once
        if line is not None:
            self._socket = line
            return
        ours, theirs = socket.socketpair()
        self._socket = ours
        command = SERVER.format(os.path.abspath(__file__), theirs.fileno())
        self._server = subprocess.Popen(
            [python, '-W', 'ignore', '-c', command],
            pass_fds=[theirs.fileno()],
            env=dict(
                os.environ, CUDA_VISIBLE_DEVICES='', PYTHONUNBUFFERED='1', OMP_NUM_THREADS='1'
            ),
            start_new_session=True,
        )
        theirs.close()

    def fork(self, command: List[str], **how: Any) -> WarmChild:
        """What `subprocess.Popen` is asked for by a check, from the warm process."""
        program = {'cwd': how['cwd'], 'env': how['env'], 'code': command[-1]}
        pipes = [os.pipe() for _ in range(3)]
        if not isinstance(how['stdin'], int):  # the line of a nurse
            os.dup2(how['stdin'].fileno(), pipes[0][0])
        return self._forked(program, pipes)

    def python(
        self, words: Sequence[str], cwd: str, env: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """What Python does with these words behind it, its text captured."""
        program = {'cwd': cwd, 'env': dict(env), 'words': list(words)}
        child = self._forked(program, [os.pipe() for _ in range(3)], self.number)
        # Not `wait` first: the program may ask this nursery for children as long as it runs.
        out, err = child.communicate(timeout)
        return subprocess.CompletedProcess(words, child.wait(), out, err)

    def _forked(
        self, program: Dict[str, Any], pipes: List[Tuple[int, int]], *more: int
    ) -> WarmChild:
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        text = json.dumps(program).encode()
        with self._turn():
            socket.send_fds(self._socket, [len(text).to_bytes(8, 'little')], [*theirs, *more])
            self._socket.sendall(text)
            pid = self._number()
        for one in theirs:
            os.close(one)
        ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        return WarmChild(self, pid, ours)

    def wait(self, pid: int) -> int:
        with self._turn():
            self._socket.sendall(pid.to_bytes(8, 'little'))
            return self._number()

    def lend(self) -> None:
        """From now on the checks of this process take their children from here.

        Where a shell's programs have LENT, so have those that this process starts, and what it
        calls by the name of this Python is the shell's.
        """
        fork = self.fork
        kept = int(os.environ.get(LENT, 0))
        if kept:
            os.dup2(self.number, kept)

        class Popen(subprocess.Popen):  # type: ignore[type-arg]  # a class, as others derive from it
            def __new__(cls, *words: Any, **how: Any) -> Any:
                command = words[0] if words else how['args']
                if isinstance(command, list) and 'rehearsal.player' in command[-1]:
                    return fork(command, **how)
                return super().__new__(cls)

            def __init__(self, *words: Any, **how: Any) -> None:
                command, *rest = words or (how.pop('args'),)
                if kept:
                    how['pass_fds'] = (*how.get('pass_fds', ()), kept)
                    if isinstance(command, list) and command[0] == sys.executable:
                        command = ['python', *command[1:]]
                super().__init__(command, *rest, **how)

        subprocess.Popen = Popen  # type: ignore[misc]

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

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """A question and its answer: no other thread's, and no other process's, come between."""
        with self._lock, open(__file__, 'rb') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _number(self) -> int:
        data = _read_exactly(self._socket, 8)
        return int.from_bytes(data, 'little', signed=True)


@functools.lru_cache(maxsize=None)
def nursery() -> Nursery:
    """The one of this process."""
    made = Nursery()
    atexit.register(made.close)
    return made


def run_python(
    command: Sequence[str],
    cwd: Union[str, Path],
    env: Optional[Mapping[str, str]] = None,
    timeout: float = HANG_S,
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` with its text captured; what begins as WARM is forked.

    What is told other things before its program, or anything that Python reads when it starts, has
    a process of its own.
    """
    env = os.environ if env is None else env
    told = any(
        name.startswith('PYTHON') and name != 'PYTHONPATH' and os.environ.get(name) != value
        for name, value in env.items()
    )
    if CAN_FORK and not told and tuple(command[:3]) == WARM:
        return nursery().python(command[3:], str(cwd), env, timeout)
    return subprocess.run(
        command, cwd=str(cwd), env=env, capture_output=True, text=True, timeout=timeout
    )


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

    def communicate(self, timeout: float) -> List[str]:
        """All that it writes, as text, until it ends or the time is over; then it is killed."""
        assert self.stdin is not None
        self.stdin.close()
        said = ['', '']

        def read(place: int, stream: IO[bytes]) -> None:
            with stream:
                said[place] = stream.read().decode('utf-8', 'backslashreplace')

        readers = [
            threading.Thread(target=read, args=pair, daemon=True)
            for pair in enumerate((self.stdout, self.stderr))
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout)
            if reader.is_alive():
                os.killpg(self.pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(f'warm child {self.pid}', timeout)
        return said

    def wait(self) -> int:
        if self._code is None and not self._nursery.closed:
            self._code = self._nursery.wait(self.pid)
        return int(self._code or 0)


def serve(number: int) -> None:
    """The warm process: import, then fork on request until the other end closes."""
    warnings.simplefilter('ignore')
    # Where Python is told to keep no byte code, every process of the tests would compile thousands
    # of modules anew, for longer than it then runs: that of others' packages is kept all the same.
    unkept, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # only what is there can be imported beforehand
    _preload_torchvision()
    basicsr = importlib.util.find_spec('basicsr')
    if basicsr is not None and basicsr.origin is not None:
        compileall.compile_dir(os.path.dirname(basicsr.origin), quiet=2)
    sys.dont_write_bytecode = unkept
    gc.freeze()  # a collection in a child would touch, and so copy, all that it shares
    with socket.socket(fileno=number) as line:
        while True:
            data, pipes, _, _ = socket.recv_fds(line, 8, 5)
            if not data:
                return
            asked = int.from_bytes(data, 'little')
            answer = _fork(json.loads(_read_exactly(line, asked)), pipes) if pipes else _wait(asked)
            line.sendall(answer.to_bytes(8, 'little', signed=True))


def _preload_torchvision() -> None:
    """Its modules, which take most of the time; each child imports the package, which may fail.

    What fails where it is of another build than torch is only its table of operators.
    """
    table = 'torchvision._meta_registrations'
    of_others = table in sys.modules  # an environment that repairs it by itself
    sys.modules.setdefault(table, types.ModuleType(table))
    try:
        importlib.import_module('torchvision')
    except ImportError:
        pass
    for name in ('torchvision',) if of_others else ('torchvision', table):
        sys.modules.pop(name, None)


def _fork(how: Dict[str, Any], pipes: List[int]) -> int:
    pid = os.fork()
    if pid:
        os.setpgid(pid, pid)  # before anybody can kill the group
        for one in pipes:
            os.close(one)
        return pid
    lent = [os.dup2(one, to, inheritable=to < 3) for to, one in enumerate(pipes)][3:]
    os.closerange(3 + len(lent), 256)
    os.chdir(how['cwd'])
    os.environ.clear()
    os.environ.update(how['env'])
    places = [place for place in how['env'].get('PYTHONPATH', '').split(os.pathsep) if place]
    sys.path[1:1] = [place for place in places if place not in sys.path]
    status = 1
    try:
        if 'words' in how:
            Nursery(socket.socket(fileno=lent[0])).lend()
            _as_python(how['words'])
        else:
            exec(how['code'], {})
        status = 0
    except SystemExit as stopped:
        status = stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
        if isinstance(stopped.code, str):
            print(stopped.code, file=sys.stderr)
    except BaseException as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        sys.excepthook(type(error), error, trace)
    finally:
        if 'words' in how:
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _as_python(words: List[str]) -> None:
    """Run a module, a text or a script as the main module, told apart as Python tells them."""
    main = types.ModuleType('__main__')
    main.__dict__['__builtins__'] = builtins
    sys.modules['__main__'] = main
    kind, sys.argv[:] = words[0], words
    if kind == '-m':
        sys.argv[:] = words[1:]
        sys.path[0] = os.getcwd()
        runpy._run_module_as_main(words[1])  # type: ignore[attr-defined]
        return
    if kind == '-':
        sys.path[0] = ''
        code = compile(sys.stdin.read(), '<stdin>', 'exec')
    elif kind == '-c':
        sys.argv[:] = ['-c', *words[2:]]
        sys.path[0] = ''
        code = compile(words[1], '<string>', 'exec')
    else:
        sys.path[0] = os.path.dirname(os.path.realpath(kind))
        main.__file__ = kind
        with open(kind, 'rb') as file:
            code = compile(file.read(), kind, 'exec')
    exec(code, main.__dict__)


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
