"""Importing the package costs nothing, and a command imports what it uses: neither torch nor numpy,
nor a rich that may be absent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Set, Tuple

from basicsr_weightcheck.identify.architectures import residual
from tests.helpers import ROOT, write_weights

HEAVY = ('torch', 'numpy', 'rich', 'basicsr', 'torchvision')


def test_import_brings_nothing_heavy() -> None:
    code = (
        'import sys, basicsr_weightcheck, basicsr_weightcheck.cli.check_command, '
        'basicsr_weightcheck.rules.document; '
        f'print([name for name in {HEAVY!r} if name in sys.modules])'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, cwd=str(ROOT), check=True, text=True
    )
    assert done.stdout.strip() == '[]'


def test_what_waits_for_a_framework_brings_neither_rules_nor_reports() -> None:
    """Every worker of a data loader that imports the framework waits for it."""
    code = (
        'import sys, basicsr_weightcheck.hook.deliver, basicsr_weightcheck.hook.install; '
        'print(*sorted({one.split(".")[1] for one in sys.modules if one.startswith('
        '"basicsr_weightcheck.")}))'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, cwd=str(ROOT), check=True, text=True
    )
    assert set(done.stdout.split()) <= {
        'dialects', 'errors', 'found', 'hook', 'messages', 'plan', 'records', 'watch', 'whole_file',
    }  # fmt: skip


SLOW: Tuple[str, ...] = ('dataclasses', 'inspect', 'ast', 'yaml', 'json', 'logging', 'tempfile',
        'fractions', 'concurrent.futures', 'numpy', 'rich')  # fmt: skip
if sys.version_info >= (3, 9):
    SLOW += ('threading',)  # before, argparse brings it: its shutil imports bz2


def imported_by(*words: str) -> Tuple[Set[str], Set[str]]:
    """(modules of this package, slow ones of others) that a command has imported at its end."""
    code = (
        'import sys\n'
        'from basicsr_weightcheck.cli.main import main\n'
        'try:\n main(sys.argv[1:])\n'
        'finally:\n print(" ".join(sys.modules), file=sys.stderr)'
    )
    done = subprocess.run(
        [sys.executable, '-S', '-c', code, *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=str(ROOT), check=True, text=True,
    )  # fmt: skip
    names = set(done.stderr.split())
    ours = {name.partition('.')[2] for name in names if name.startswith('basicsr_weightcheck.')}
    return ours, names & set(SLOW)


def test_help_imports_the_command_line_alone() -> None:
    ours, slow = imported_by('compare', '--help')
    assert not slow
    assert {name.partition('.')[0] for name in ours} <= {
        'cli', 'errors', 'messages', 'records', 'version',
    }  # fmt: skip
    assert len(ours) <= 15


def test_inspect_imports_what_it_uses(tmp_path: Path) -> None:
    shapes = residual.edsr(num_in_ch=3, num_out_ch=3)
    path = write_weights(str(tmp_path / 'net_g.pth'), shapes)
    ours, slow = imported_by('inspect', path)
    assert not slow
    assert not {name.partition('.')[0] for name in ours} & {
        'advice', 'conversion', 'dialects', 'hook', 'look', 'plan', 'rehearsal', 'rules',
    }  # fmt: skip
    assert not ours & {
        'messages.words.usage',
        'messages.words.html',
        'compare.streams',
        'checkpoint.tensor_bytes',
    }
    assert len(ours) <= 100
