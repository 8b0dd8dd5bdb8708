"""The completion script in a real bash."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from basicsr_weightcheck.cli.main import main
from tests.helpers import HANG_S

ASK = """
source {script}
COMP_WORDS=({words}) COMP_CWORD={at} COMP_LINE='{words}'
$(complete -p basicsr-weightcheck | sed 's/.*-F \\([^ ]*\\).*/\\1/')
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(shutil.which('bash') is None, reason='bash is not installed')
@pytest.mark.parametrize('words, expected', [
    ('basicsr-weightcheck sc', 'scan'),
    ('basicsr-weightcheck check --fai', '--fail-on'),
    ('basicsr-weightcheck check --fail-on w', 'warning'),
])  # fmt: skip
def test_bash_completes(tmp_path: Path, capfd: Any, words: str, expected: str) -> None:
    pytest.importorskip('shtab')
    assert main(['completion', 'bash']) == 0
    script = tmp_path / 'completion.sh'
    script.write_text(capfd.readouterr().out)
    asked = ASK.format(script=script, words=words, at=len(words.split()) - 1)
    done = subprocess.run(['bash', '-c', asked], capture_output=True, text=True, timeout=HANG_S)
    assert expected in done.stdout.split(), done.stderr


def test_without_shtab_it_says_what_to_install(capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'shtab', None)
    assert main(['completion', 'zsh']) == 2
    assert 'pip install shtab' in capfd.readouterr().err
