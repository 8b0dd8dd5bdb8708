"""`run`: a training script with the hook in place."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.hook.launch import run_script


def run_run(arguments: argparse.Namespace) -> int:
    """Run the script; its exit code, or 1 where the hook ended it."""
    if not arguments.script:
        raise UsageError('no script was given.', advice='run SCRIPT -opt train.yml ...')
    script, *rest = arguments.script
    return run_script(script, rest, arguments.repair_imports)
