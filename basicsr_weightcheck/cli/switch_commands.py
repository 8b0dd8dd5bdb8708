"""The hook: `run` for one training; `enable`, `disable`, `status` for all of this Python."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Iterator, List, Tuple

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.hook import switch
from basicsr_weightcheck.messages.lookup import clean, language, phrase, spoken
from basicsr_weightcheck.records.phrases import Phrase
from basicsr_weightcheck.watch import MODULES


def run_run(arguments: argparse.Namespace) -> int:
    """Run it; its exit code, or 1 where the hook ended it. Raises UsageError without a script."""
    from basicsr_weightcheck.hook.launch import run_module, run_script  # the others need no hook

    words = arguments.script[1:] if arguments.script[:1] == ['--'] else arguments.script
    if not words:
        raise UsageError(phrase('no-script'), advice=phrase('no-script-do'))
    start = run_module if arguments.module else run_script
    return start(words[0], words[1:], arguments.repair_imports)


def run_enable(arguments: argparse.Namespace) -> int:
    """Switch it on; raises WeightCheckError where that cannot be done."""
    path = switch.enable(arguments.user)
    _say(arguments, [phrase('enabled', path=path, python=sys.executable), phrase('enabled-do')])
    return 0


def run_disable(arguments: argparse.Namespace) -> int:
    """Switch it off; raises ReportError where a file cannot be removed."""
    removed = switch.disable()
    lines = [phrase('disabled', path=path) for path in removed]
    _say(arguments, lines or [phrase('disabled-before', python=sys.executable)])
    return 0


def run_status(arguments: argparse.Namespace) -> int:
    """Say whether it is on, by starting a Python; 0 where it is, 1 where it is not."""
    on, lines = _status()
    _say(arguments, lines)
    return 0 if on else 1


def _status() -> Tuple[bool, List[Phrase]]:
    paths = switch.written()
    on = bool(paths) and switch.waits(os.environ)
    off = switch.is_switched_off()
    lines = [phrase('status-on' if on else 'status-off', python=sys.executable)]
    lines += [phrase('status-file', path=path) for path in paths]
    if any(map(switch.is_old, paths)):
        lines.append(phrase('status-old'))
    elif paths and not on:
        lines.append(phrase('status-broken'))
    if off:
        lines.append(phrase('status-variable', variable=off))
    lines += list(_watched()) if on else [phrase('status-off-do')]
    return on and not off, lines


def _watched() -> Iterator[Phrase]:
    """What an import of a framework would find from here."""
    yield phrase('status-waits', names=MODULES)
    framework = find_framework(os.path.join(os.getcwd(), 'train.yml'), os.getcwd())
    if not framework.is_found:
        yield phrase('status-no-framework', folder=os.getcwd())
        return
    name = f'{framework.name} {framework.version}'.strip()
    yield phrase('status-framework', name=name, path=framework.origin)


def _say(arguments: argparse.Namespace, lines: List[Phrase]) -> None:
    for line in lines:
        print(clean(spoken(line, language(arguments.lang))))
