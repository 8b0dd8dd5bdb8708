"""No pickle leaves a trace, whatever container it comes in, and none takes 200 MiB or 5 seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import HANG_S
from tests.hostile.conftest import Judge
from tests.hostile.containers import CONTAINERS
from tests.hostile.payloads import bombs, code_payloads, quiet_payloads, shape_payloads

CODE = sorted(code_payloads('x'))
ERRORS = ('CorruptCheckpointError', 'LimitExceededError', 'NotUnderstoodError',
          'UnsafePickleError', 'UnrecognizedFormatError')  # fmt: skip
RUN_IT = 'import pickle, sys; pickle.load(open(sys.argv[1], "rb"))'


def _payload(name: str, folder: Path) -> bytes:
    sentinel = folder / 'sentinel'
    Path(f'{sentinel}.py').write_text(f'open({str(sentinel)!r}, "w").close()')
    return code_payloads(str(sentinel))[name]


@pytest.mark.parametrize('container', sorted(CONTAINERS))
@pytest.mark.parametrize('name', CODE)
def test_code_is_named_and_not_run(name: str, container: str, judge: Judge, tmp_path: Path) -> None:
    data = CONTAINERS[container](_payload(name, tmp_path))
    verdict = judge(data)
    assert not os.path.exists(tmp_path / 'sentinel')
    if verdict['outcome'] == 'read':
        from basicsr_weightcheck.checkpoint.pickles.weights_only import dangerous_globals
        from basicsr_weightcheck.checkpoint.read import read_header

        header = read_header(str(tmp_path / 'file.pth'))
        assert dangerous_globals(header.globals), header.globals
    else:
        assert verdict['outcome'] == 'UnsafePickleError', verdict
    assert not os.path.exists(tmp_path / 'sentinel')


@pytest.mark.parametrize('name', CODE)
def test_the_payload_is_real(name: str, tmp_path: Path) -> None:
    """Python's own pickle runs it: what the reader leaves alone is no dummy."""
    path = tmp_path / 'file.pth'
    path.write_bytes(_payload(name, tmp_path))
    subprocess.run([sys.executable, '-c', RUN_IT, str(path)], capture_output=True, timeout=HANG_S)
    assert os.path.exists(tmp_path / 'sentinel')


@pytest.mark.parametrize('container', sorted(CONTAINERS))
@pytest.mark.parametrize('name', sorted(quiet_payloads()))
def test_what_would_connect_is_named(
    name: str, container: str, judge: Judge, tmp_path: Path
) -> None:
    verdict = judge(CONTAINERS[container](quiet_payloads()[name]))
    assert verdict['outcome'] in ('read', 'UnsafePickleError'), verdict


@pytest.mark.parametrize('container', ['zip', 'legacy'])
@pytest.mark.parametrize('name', sorted(shape_payloads()))
def test_odd_pickles_end_in_an_error_or_a_header(name: str, container: str, judge: Judge) -> None:
    verdict = judge(CONTAINERS[container](shape_payloads()[name]))
    assert verdict['outcome'] in ('read', 'cut', *ERRORS), verdict


@pytest.mark.parametrize('container', ['zip', 'legacy'])
@pytest.mark.parametrize('name', sorted(bombs()))
def test_bombs_stay_small(name: str, container: str, judge: Judge) -> None:
    verdict = judge(CONTAINERS[container](bombs()[name]()))
    assert verdict['outcome'] in ('read', 'cut', *ERRORS), verdict
