"""Commands as they run where Python has what it has on Windows (bare/sitecustomize.py)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.helpers import HANG_S, ROOT
from tests.hook.conftest import workshop

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
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', *begin, *words],
        cwd=str(folder),
        env={
            **os.environ, 'PYTHONPATH': os.pathsep.join(places), 'WEIGHTCHECK_LANG': 'en',
            **environment,
        },
        capture_output=True,
        timeout=HANG_S,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)
