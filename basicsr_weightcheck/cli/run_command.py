"""`run`: a training script or module with the hook in place."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.hook.launch import run_module, run_script
from basicsr_weightcheck.messages.lookup import phrase


def run_run(arguments: argparse.Namespace) -> int:
    """Run the script; its exit code, or 1 where the hook ended it."""
    words = arguments.script[1:] if arguments.script[:1] == ['--'] else arguments.script
    if not words:
        raise UsageError(phrase('no-script'), advice=phrase('no-script-do'))
    start = run_module if arguments.module else run_script
    return start(words[0], words[1:], arguments.repair_imports)
