"""The real pre-commit in a small repository: a good YAML passes, a wrong one stops the commit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, Tuple

import pytest

from basicsr_weightcheck.cli.main import main
from tests.check.conftest import BASE
from tests.helpers import HANG_S, ROOT, write_weights

GOOD: Dict[str, Tuple[int, ...]] = {
    'conv_first.weight': (8, 3, 3, 3),
    'conv_first.bias': (8,),
    **{
        f'body.{block}.conv{number}.{part}': (8, 8, 3, 3) if part == 'weight' else (8,)
        for block in range(2)
        for number in (1, 2)
        for part in ('weight', 'bias')
    },
    'conv_after_body.weight': (8, 8, 3, 3),
    'conv_after_body.bias': (8,),
    'upsample.0.weight': (32, 8, 3, 3),
    'upsample.0.bias': (32,),
    'conv_last.weight': (3, 8, 3, 3),
    'conv_last.bias': (3,),
}
"""The EDSR of BASE."""

CONFIG = """repos:
  - repo: local
    hooks:
      - {{id: weightcheck-header, name: weightcheck, entry: {entry}, language: system,
         types: [yaml], require_serial: true}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip('pre_commit')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    monkeypatch.setenv('PRE_COMMIT_HOME', str(tmp_path / '.cache'))
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    for name in ('GIT_DIR', 'GIT_INDEX_FILE', 'GIT_WORK_TREE'):
        monkeypatch.delenv(name, raising=False)
    write_weights('weights.pth', GOOD)
    entry = f'{sys.executable} -m basicsr_weightcheck check --pre-commit --no-rehearsal -opt'
    (tmp_path / '.pre-commit-config.yaml').write_text(CONFIG.format(entry=entry))
    (tmp_path / '.gitignore').write_text('.cache\nweights.pth\n')
    run('git', 'init', '-q')
    run(sys.executable, '-m', 'pre_commit', 'install')
    return tmp_path


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment: Dict[str, str] = dict(
        os.environ,
        GIT_AUTHOR_NAME='a', GIT_AUTHOR_EMAIL='a@example.org',
        GIT_COMMITTER_NAME='a', GIT_COMMITTER_EMAIL='a@example.org',
    )  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=HANG_S)


def commit(text: str) -> subprocess.CompletedProcess[str]:
    Path('train.yml').write_text(text)
    run('git', 'add', '-A')
    return run('git', 'commit', '-m', 'train')


def test_the_hooks_file_is_what_pre_commit_reads() -> None:
    from pre_commit.clientlib import load_manifest

    hooks = {hook['id']: hook for hook in load_manifest(str(ROOT / '.pre-commit-hooks.yaml'))}
    assert set(hooks) == {'weightcheck', 'weightcheck-header'}
    assert all(hook['entry'].split()[1:3] == ['check', '--pre-commit'] for hook in hooks.values())


def test_a_good_yaml_passes_and_a_wrong_one_stops_the_commit(repository: Path) -> None:
    done = commit(BASE)
    assert done.returncode == 0, done.stdout + done.stderr
    done = commit(BASE.replace('num_feat: 8', 'num_feat: 16'))
    assert done.returncode == 1
    assert 'num_feat: 16 → 8' in done.stderr + done.stdout
    assert run('git', 'log', '--oneline').stdout.count('\n') == 1
    assert not (repository / 'weightcheck_reports').exists()


@pytest.mark.parametrize('text', [
    'name: workflow\non: push\n',
    '- a list\n',
    '\tno: yaml at all\n',
    '',
    BASE.replace('weights.pth', 'on_the_server.pth'),
    BASE.replace('type: EDSR', 'type: MyOwn'),
])  # fmt: skip
def test_what_cannot_be_told_here_passes(repository: Path, text: str) -> None:
    Path('train.yml').write_text(text)
    arguments = ['check', '--pre-commit', '--no-rehearsal', '-opt', 'train.yml']
    assert main(arguments) == 0


def test_a_training_yaml_that_cannot_be_read_stops(repository: Path) -> None:
    Path('train.yml').write_text(BASE.replace('  strict_load_g', '\tstrict_load_g'))
    assert main(['check', '--pre-commit', '--no-rehearsal', '-opt', 'train.yml']) == 2
