"""Commands as they run where Python has what it has on Windows (bare/sitecustomize.py)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.helpers import HANG_S, ROOT
from tests.hook.conftest import workshop
from tests.warm_child import WARM, run_python

__all__ = ['workshop']
BARE = Path(__file__).parent / 'bare'


class Ended(NamedTuple):
    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        return (self.out + self.err).decode('utf-8', 'replace')


def command(
    *words: str, folder: Path, bare: bool = True, start: str = '', **environment: str
) -> Ended:
    """`basicsr-weightcheck WORDS`, or a Python script of ours where `start` is one."""
    places = [str(BARE), str(ROOT)] if bare else [str(ROOT)]
    begin = [start] if start else ['-m', 'basicsr_weightcheck']
    whole = {**os.environ, 'PYTHONPATH': os.pathsep.join(places), 'WEIGHTCHECK_LANG': 'en'}
    whole.update(environment)
    if not bare:
        plain = run_python([*WARM, *begin, *words], folder, whole)
        return Ended(plain.returncode, plain.stdout.encode(), plain.stderr.encode())
    done = subprocess.run(
        [*WARM, *begin, *words], cwd=str(folder), env=whole, capture_output=True, timeout=HANG_S
    )
    return Ended(done.returncode, done.stdout, done.stderr)
