"""`run`: a training script with the hook in place."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.hook.launch import run_script
from basicsr_weightcheck.messages.lookup import phrase


def run_run(arguments: argparse.Namespace) -> int:
    """Run the script; its exit code, or 1 where the hook ended it."""
    if not arguments.script:
        raise UsageError(phrase('no-script'), advice=phrase('no-script-do'))
    script, *rest = arguments.script
    return run_script(script, rest, arguments.repair_imports)
