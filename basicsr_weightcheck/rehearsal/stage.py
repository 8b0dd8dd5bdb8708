"""Parent side: start the child, ask, time out, never leave it running."""

from __future__ import annotations

import dataclasses
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from subprocess import PIPE, Popen
from types import TracebackType
from typing import Any, BinaryIO, Deque, Dict, Optional, Sequence, Type

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.plans import Framework, LoadPlan
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.records.tensors import CheckpointHeader
from basicsr_weightcheck.rehearsal.protocol import Request, Setup, receive, send

TAIL_CHUNKS = 16  # of 4 KiB each: the end of what the user's code printed
CHUNK_BYTES = 4096
CHILD = 'from basicsr_weightcheck.rehearsal.player import main; main()'


class Stage:
    """One child process that has imported the framework and rehearses on request.

    The child is started at once; it imports while the parent reads headers.

    Args:
        framework: None makes every rehearsal fail with 'import'.
        imports: modules to import before networks are built.
        working_directory: folder the training is started from.
        timeout_s: seconds for one rehearsal, imports included.
        python: interpreter of the training.
    """

    def __init__(
        self,
        framework: Optional[Framework],
        imports: Sequence[str],
        working_directory: str,
        timeout_s: float,
        python: str = sys.executable,
    ) -> None:
        self.framework = framework
        self._timeout_s = timeout_s
        self._tail: Deque[bytes] = deque(maxlen=TAIL_CHUNKS)
        self._answers: queue.Queue[Any] = queue.Queue()
        self._child: Optional[Popen[bytes]] = None
        if framework is not None:
            self._child = _start(python, working_directory)
            self._listen(self._child)
            self._send(Setup(framework, tuple(imports)))

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child and whatever it started."""
        if self._child is None:
            return
        _kill(self._child)
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    pass  # unsent bytes of a request that the child did not live to read

    def rehearse(
        self, options: Dict[str, Any], headers: Dict[str, CheckpointHeader], plan: LoadPlan
    ) -> Rehearsal:
        """Return what the framework does with these options; failures are data, not exceptions.

        Args:
            options: as they reach the model's constructor.
            headers: {load path as given: header} of the files that could be read.
            plan: the loads to make by hand where the model's constructor cannot run.
        """
        if self._child is None:
            return Rehearsal(failure='import', failure_message=phrase('no-basicsr'))
        started = time.monotonic()
        self._send(Request(options, plan, headers))
        try:
            answer = self._answers.get(timeout=self._timeout_s)
        except queue.Empty:
            _kill(self._child)
            facts = (('seconds', f'{self._timeout_s:g}'), ('output', self._output()))
            return Rehearsal(failure='timeout', failure_facts=facts)
        if answer is None:
            return self._died()
        assert isinstance(answer, Rehearsal)
        return dataclasses.replace(answer, seconds=time.monotonic() - started)

    def _send(self, message: Any) -> None:
        assert self._child is not None and self._child.stdin is not None
        try:
            send(self._child.stdin, message)
        except OSError:
            pass  # the child is gone: the missing answer says so

    def _listen(self, child: Popen[bytes]) -> None:
        threading.Thread(target=self._read_answers, args=(child.stdout,), daemon=True).start()
        threading.Thread(target=self._read_output, args=(child.stderr,), daemon=True).start()

    def _read_answers(self, stream: BinaryIO) -> None:
        try:
            while True:
                answer = receive(stream)
                self._answers.put(answer)
                if answer is None:
                    return
        except (OSError, ValueError):
            self._answers.put(None)  # closed under the reader

    def _read_output(self, stream: BinaryIO) -> None:
        try:
            while True:
                chunk = os.read(stream.fileno(), CHUNK_BYTES)
                if not chunk:
                    return
                self._tail.append(chunk)
        except (OSError, ValueError):
            return  # closed under the reader

    def _died(self) -> Rehearsal:
        assert self._child is not None
        code = self._child.wait()
        ended = 'died-signal' if code < 0 else 'died-exit-code'
        how = phrase(ended, number=str(abs(code)))
        return Rehearsal(failure='died', failure_facts=(('how', how), ('output', self._output())))

    def _output(self) -> str:
        """The last lines that the user's code printed."""
        text = b''.join(self._tail).decode('utf-8', 'replace')
        return '\n'.join(text.strip().splitlines()[-5:])[-1000:]


def _start(python: str, working_directory: str) -> Popen[bytes]:
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES='', PYTHONUNBUFFERED='1')
    environment.pop('LOCAL_RANK', None)
    environment['PYTHONPATH'] = os.pathsep.join(
        part for part in (environment.get('PYTHONPATH', ''), home) if part
    )
    return Popen(
        [python, '-W', 'ignore', '-c', CHILD],
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=working_directory,
        env=environment,
        start_new_session=os.name == 'posix',
    )


def _kill(child: Popen[bytes]) -> None:
    if os.name == 'posix':
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # already gone
    elif child.poll() is None:
        child.kill()
