"""Child side: import the framework, then answer requests until the parent closes the pipe."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO, Tuple

from basicsr_weightcheck.rehearsal.protocol import (
    Doing,
    LookRequest,
    Request,
    Setup,
    receive,
    send,
)


def main() -> None:
    """Serve one parent."""
    requests, answers = _take_over_standard_streams()
    _leave_working_directory_off_the_path()
    setup = receive(requests)
    if not isinstance(setup, Setup):
        return
    from basicsr_weightcheck.rehearsal.import_framework import import_framework
    from basicsr_weightcheck.rehearsal.looker import Looker
    from basicsr_weightcheck.rehearsal.play import play

    send(answers, Doing('import'))
    imported = import_framework(setup.framework, setup.imports, setup.repair_imports, setup.fixed)
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
