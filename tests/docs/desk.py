"""The folder in which the commands of the documentation are run: what `make demo` leaves.

Commands run in a shell, each Python in a process of its own. They, and the children of a check,
would import torch anew each time: they are forked from a warm process (tests/warm_child.py). What
is called `python` in the folder asks for that, and waits for the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Tuple

from tests import warm_child
from tests.helpers import HANG_S, ROOT

WARM = warm_child.LENT
# Python's own options are for a process that starts. -I -S: a client needs no more than Python.
SHIMS = {
    'python': """case "$1" in
  -m|-c|-|[!-]*) exec "{python}" -I -S "${{0%/*}}/client.py" "$@" ;;
  *) exec "{python}" -W ignore "$@" ;;
esac""",
    'basicsr-weightcheck': 'exec "${{0%/*}}/python" -m basicsr_weightcheck "$@"',
}
CLIENT = """import fcntl, json, os, socket, sys
turn, line = open({turn!r}), socket.socket(fileno=int(os.environ[{warm!r}]))
program = {{'cwd': os.getcwd(), 'env': dict(os.environ), 'words': sys.argv[1:]}}
text = json.dumps(program).encode()
over, held = os.pipe()
fcntl.flock(turn, fcntl.LOCK_EX)
files = [0, 1, 2, line.fileno(), held]
socket.send_fds(line, [len(text).to_bytes(8, 'little')], files)
line.sendall(text)
pid = line.recv(8)
fcntl.flock(turn, fcntl.LOCK_UN)
os.close(held)
os.read(over, 1)
fcntl.flock(turn, fcntl.LOCK_EX)
line.sendall(pid)
code = int.from_bytes(line.recv(8), 'little', signed=True)
fcntl.flock(turn, fcntl.LOCK_UN)
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""
# Replaces Popen for the command that starts a child of a check; other children inherit the line.
SITE = """import os, sys
if {warm!r} in os.environ:
    import socket, subprocess
    number = int(os.environ[{warm!r}])
    class Popen(subprocess.Popen):
        def __new__(cls, command, *rest, **how):
            if not (isinstance(command, list) and 'rehearsal.player' in command[-1]):
                return super().__new__(cls)
            sys.path.append({root!r})
            from tests.warm_child import Nursery
            return Nursery(socket.socket(fileno=os.dup(number))).fork(command, **how)
        def __init__(self, *words, **how):
            super().__init__(*words, **{{**how, 'pass_fds': (*how.get('pass_fds', ()), number)}})
    subprocess.Popen = Popen
"""


def furnish(folder: Path, nursery: Any) -> None:
    """Run the demo, to its end, in a copy of what a clone has."""
    for name in ('scripts', 'options'):
        shutil.copytree(str(ROOT / name), str(folder / name))
    os.symlink(str(ROOT / 'basicsr_weightcheck'), str(folder / 'basicsr_weightcheck'))
    (folder / 'docs').mkdir()  # make_rule_docs.py writes there
    (folder / '.bin').mkdir()
    for name, text in SHIMS.items():
        path = folder / '.bin' / name
        path.write_text(f'#!/bin/sh\n{text.format(python=sys.executable)}\n')
        path.chmod(0o755)
    (folder / '.bin/sitecustomize.py').write_text(SITE.format(warm=WARM, root=str(ROOT)))
    (folder / '.bin/client.py').write_text(CLIENT.format(warm=WARM, turn=warm_child.__file__))
    code, printed = run_in_shell('python scripts/make_demo.py', folder, 'en', nursery)
    assert code == 0, printed


def copy_of(furnished: Path, folder: Path) -> Path:
    """The same files in another place; weights, which nothing changes, are hard links."""
    shutil.copytree(str(furnished), str(folder), symlinks=True, copy_function=_link_or_copy)
    return folder


def run_in_shell(command: str, folder: Path, lang: str, nursery: Any) -> Tuple[int, str]:
    """Run one command as a reader of the page would; its exit code, and all that it printed."""
    environment = {
        **os.environ,
        'PATH': os.pathsep.join((str(folder / '.bin'), os.environ.get('PATH', ''))),
        'PYTHONPATH': str(folder / '.bin'),
        'WEIGHTCHECK_LANG': lang,
        'CUDA_VISIBLE_DEVICES': '',
        'OMP_NUM_THREADS': '1',
        WARM: str(nursery.number),
    }
    done = subprocess.run(
        ['bash', '-c', command],
        cwd=str(folder),
        env=environment,
        pass_fds=[nursery.number],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding='utf-8',
        timeout=HANG_S,
    )
    # Advice names the interpreter, which no shim is.
    return done.returncode, done.stdout.replace(sys.executable, 'python')


def _link_or_copy(source: str, target: str) -> None:
    if source.endswith('.pth'):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
