"""Child side: import the framework, then answer requests until the parent closes the pipe."""

from __future__ import annotations

import array
import contextlib
import gc
import os
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, BinaryIO, Dict, Optional, Sequence, Tuple

from basicsr_weightcheck.rehearsal.protocol import (
    NUMBER,
    Doing,
    LookRequest,
    Request,
    Setup,
    receive,
    send,
)

if TYPE_CHECKING:
    from basicsr_weightcheck.rehearsal.import_framework import Imported

ENDS_S = 1.0  # for a child that has closed its pipes
PAUSE_S = 0.005
Codes = Dict[int, Optional[int]]  # {number of a child: its exit code, None while it runs}
GARBAGE_OBJECTS = 100_000  # new ones before the young are looked at; Python's own limit is 700


def main() -> None:
    """Serve one parent."""
    requests, answers = _take_over_standard_streams()
    _leave_working_directory_off_the_path()
    setup = receive(requests)
    if isinstance(setup, Setup):
        send(answers, Doing('import'))
        _serve(_imported(setup), requests, answers)


def nurse() -> None:
    """Import once; then fork a child for every three pipes that the parent sends.

    It says 1 once it can be forked, else 0. From then on the number 0, with pipes, is answered by
    the number of a child (0: none could be made), and the number of a child by how it has ended.
    """
    requests, _ = _take_over_standard_streams()
    _leave_working_directory_off_the_path()
    setup = receive(requests)  # all that comes before the first answer
    if not isinstance(setup, Setup):
        return
    imported = _imported(setup)
    # What no fork has to do then.
    from basicsr_weightcheck.rehearsal import looker  # noqa: F401
    from basicsr_weightcheck.rehearsal.play import prepare

    prepare(imported)
    with socket.socket(fileno=os.dup(requests.fileno())) as line:
        requests.close()
        # A thread would be missing in a fork, and what it holds would stay held.
        can_fork = threading.active_count() == 1
        line.sendall(NUMBER.pack(can_fork))
        gc.freeze()  # a collection must not touch, and so copy, what all forks share
        codes: Codes = {}
        while can_fork and _answer(imported, line, codes):
            _note_ended(codes)
        for child in codes:
            if codes[child] is None:
                _kill(child)
                _code(child, codes)


def _answer(imported: Imported, line: socket.socket, codes: Codes) -> bool:
    """Do what the next number asks for; False where the parent is gone."""
    pipes = array.array('i')
    data, rights, _, _ = line.recvmsg(NUMBER.size, socket.CMSG_SPACE(3 * pipes.itemsize))
    if len(data) < NUMBER.size:
        return False
    if not rights:
        (child,) = NUMBER.unpack(data)
        line.sendall(NUMBER.pack(_code(child, codes)))
        return True
    pipes.frombytes(rights[0][2])
    child = _fork(imported, line, pipes)
    for one in pipes:
        os.close(one)
    if child:
        codes[child] = None
    line.sendall(NUMBER.pack(child))
    return True


def _fork(imported: Imported, line: socket.socket, pipes: Sequence[int]) -> int:
    """A child that serves whoever has the other ends of the pipes; 0 where there is none."""
    try:
        child = os.fork()
    except OSError:  # no memory, too many processes
        return 0
    if child:
        os.setpgid(child, child)  # before anybody can end the group
        return child
    try:
        line.close()
        requests, answers = os.fdopen(pipes[0], 'rb'), os.fdopen(pipes[1], 'wb')
        os.dup2(pipes[2], 2)
        os.dup2(2, 1)
        os.close(pipes[2])
        torch = sys.modules.get('torch')
        if torch is not None:
            # Where the import has computed with several threads, the next pass with several would
            # wait for those for ever (libgomp). Source: torch/utils/data/_utils/worker.py, 2.13.
            torch.set_num_threads(1)
        _serve(imported, requests, answers)
    finally:
        os._exit(0)


def _note_ended(codes: Codes) -> None:
    """Note how children have ended that nobody has asked for."""
    for child in [one for one, code in codes.items() if code is None]:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            killed = os.WIFSIGNALED(status)
            codes[child] = -os.WTERMSIG(status) if killed else os.WEXITSTATUS(status)


def _code(child: int, codes: Codes) -> int:
    """The exit code of a child that ends, or minus its signal."""
    until = time.monotonic() + ENDS_S
    _note_ended(codes)
    while codes[child] is None:
        if time.monotonic() > until:
            _kill(child)
        time.sleep(PAUSE_S)
        _note_ended(codes)
    return codes[child] or 0


def _kill(child: int) -> None:
    with contextlib.suppress(OSError):  # it has ended
        os.killpg(child, signal.SIGKILL)


def _imported(setup: Setup) -> Imported:
    from basicsr_weightcheck.rehearsal.import_framework import import_framework

    # A rehearsal makes objects by the hundred thousand that live to its end: to look for garbage
    # among them again and again takes an eighth of it.
    gc.set_threshold(GARBAGE_OBJECTS)
    return import_framework(setup.framework, setup.imports, setup.repair_imports, setup.fixed)


def _serve(imported: Imported, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer one parent until it closes the pipe."""
    from basicsr_weightcheck.rehearsal.looker import Looker
    from basicsr_weightcheck.rehearsal.play import play

    looker = Looker(imported)
    while True:
        request = receive(requests)
        if isinstance(request, LookRequest):
            send(answers, looker.look(request))
        elif isinstance(request, Request):
            send(answers, Doing('rehearse'))
            send(answers, play(imported, request))
        else:
            return


def _take_over_standard_streams() -> Tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for the parent; what user code prints goes to stderr."""
    requests = os.fdopen(os.dup(0), 'rb')
    answers = os.fdopen(os.dup(1), 'wb')
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    return requests, answers


def _leave_working_directory_off_the_path() -> None:
    # `python -c` puts '' first; a training script puts its own folder there instead.
    if sys.path and sys.path[0] == '':
        del sys.path[0]
