"""One small process that forks for every hostile file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, Protocol

import pytest

from tests.helpers import HANG_S, ROOT
from tests.hostile.containers import GOOD

# What one file may take at most. A quiet machine takes up to 3 s of processor time for the worst
# of them (docs/safety.md, benchmarks/hostile.py); a busy one several times as much.
MIB, CPU_SECONDS = 200, 60
Verdict = Dict[str, Any]


class Judge(Protocol):
    """Has bytes read as a file of a name in a child of its own."""

    def __call__(self, data: bytes, name: str = ...) -> Verdict: ...


@pytest.fixture(scope='session')
def judging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    folder = tmp_path_factory.mktemp('good')
    warm = []
    for name, data in GOOD.items():
        warm.append(str(folder / f'{name}.pth'))
        Path(warm[-1]).write_bytes(data)
    (folder / 'good.yml').write_text('name: a\n')
    process = subprocess.Popen(
        [sys.executable, '-m', 'tests.hostile.judge', *warm, str(folder / 'good.yml')],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=str(ROOT),
    )  # fmt: skip
    yield process
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    process.wait(HANG_S)


@pytest.fixture()
def judge(judging: subprocess.Popen[str], tmp_path: Path) -> Judge:
    """Has bytes read in a child of its own and holds the child to its limits."""

    def judge_bytes(data: bytes, name: str = 'file.pth') -> Verdict:
        path = tmp_path / name
        path.write_bytes(data)
        before = sorted(tmp_path.iterdir())
        assert judging.stdin is not None and judging.stdout is not None
        judging.stdin.write(f'{path}\n')
        judging.stdin.flush()
        verdict: Verdict = json.loads(judging.stdout.readline())
        assert verdict['outcome'] != 'DEFECT', verdict
        assert verdict['mib'] < MIB and verdict['seconds'] < CPU_SECONDS, verdict
        assert verdict['events'] == [], verdict
        assert sorted(tmp_path.iterdir()) == before
        return verdict

    return judge_bytes
