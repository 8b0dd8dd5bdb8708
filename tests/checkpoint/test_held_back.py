"""A file that would hang or run code never reaches the torch of the rehearsal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.conftest import BASE
from tests.hostile.containers import as_zip
from tests.hostile.payloads import bombs

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]


@pytest.mark.parametrize('name', ['hash of nested tuples', 'integers that collide'])
def test_check_ends_with_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from basicsr_weightcheck.workflow.checking.check import check

    monkeypatch.chdir(tmp_path)
    Path('weights.pth').write_bytes(as_zip(bombs()[name]()))
    Path('train.yml').write_text(BASE)
    report = check('train.yml')
    codes = [finding.code for finding in report.all_findings]
    assert 'WC101' in codes and report.verdict == 'unusable-file'
    assert report.loads[0].configured is not None
    assert report.loads[0].configured.error == 'UnpicklingError'
