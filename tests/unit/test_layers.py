"""Importing the package costs nothing: neither torch nor numpy, nor a rich that may be absent."""

from __future__ import annotations

import subprocess
import sys

from tests.helpers import ROOT

HEAVY = ('torch', 'numpy', 'rich', 'basicsr', 'torchvision')


def test_import_brings_nothing_heavy() -> None:
    code = (
        'import sys, basicsr_weightcheck, basicsr_weightcheck.cli.check_command, '
        'basicsr_weightcheck.workflow.explain; '
        f'print([name for name in {HEAVY!r} if name in sys.modules])'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, cwd=str(ROOT), check=True, text=True
    )
    assert done.stdout.strip() == '[]'
