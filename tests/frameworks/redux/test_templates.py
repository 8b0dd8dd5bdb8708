"""The training options that traiNNer-redux ships: with a file that fits, no false error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking import check as checking
from tests.frameworks.conftest import as_text
from tests.frameworks.redux.comparing import TIMEOUT_S, check_case
from tests.frameworks.redux.test_grid import copy_tree
from tests.helpers import ROOT

MINIMUM = 180
RESULTS = 'WEIGHTCHECK_TEMPLATES'  # names a file that gets a line for each
# {template that traiNNer-redux itself cannot start: what ends it}
CANNOT_BE_BUILT: Dict[str, str] = {
    'DocRes_gan': "TypeError: docres_discriminator() got an unexpected argument 'norm_type'",
}


def _templates(site: Path) -> Iterator[Dict[str, Any]]:
    """One after another; each is there until the next is asked for."""
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES='', PYTHONPATH=str(ROOT))
    command = [sys.executable, '-W', 'ignore', '-m', 'tests.frameworks.redux.templates', str(site)]
    command += [line['case'] for line in _looked_at()]
    with subprocess.Popen(
        command, cwd=site, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as driver:
        assert driver.stdin is not None and driver.stdout is not None
        for text in driver.stdout:
            if text.startswith('{'):
                yield json.loads(text)
                driver.stdin.write('next\n')
                driver.stdin.flush()


def _looked_at() -> List[Dict[str, Any]]:
    """What an earlier run that was broken off has found."""
    if not os.path.exists(os.environ.get(RESULTS, '')):
        return []
    with open(os.environ[RESULTS], encoding='utf-8') as file:
        return [json.loads(text) for text in file]


def _said(stage: Stage, line: Dict[str, Any], site: Path) -> str:
    """'' for a start that is ready, else what is said of it."""
    try:
        report = check_case(stage, Path(line['options']), [], site)
    except WeightCheckError as error:
        return f'{type(error).__name__}: {error}'
    errors = [f'{one.code} {one.name}' for one in report.all_findings if one.severity == 'error']
    if report.verdict == 'ready' and not errors:
        return ''
    rehearsal = report.rehearsal
    stop = rehearsal.stop
    why = f'{stop.error}: {stop.message[:200]} at {stop.place}' if stop is not None else ''
    return f'{report.verdict} {errors} {rehearsal.failure_message[:200]} {why}'


def test_every_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = copy_tree(tmp_path / 'site')
    monkeypatch.chdir(site)
    # Up to eight more builds of each network, for a remark that is never an error.
    monkeypatch.setattr(checking, 'with_silent_options', lambda report, rebuild: report)
    found = [f'{one["case"]}: {one["said"]}' for one in _looked_at() if one['said']]
    count = len(_looked_at())
    with Stage(find_framework(str(site / 'x.yml'), str(site)), (), str(site), TIMEOUT_S) as stage:
        for line in _templates(site):
            count += 1
            said = '' if line['error'] else _said(stage, line, site)
            if os.environ.get(RESULTS):
                with open(os.environ[RESULTS], 'a', encoding='utf-8') as file:
                    file.write(json.dumps(dict(line, said=said)) + '\n')
            if said and line['case'] not in CANNOT_BE_BUILT:
                found.append(f'{line["case"]}: {said}')
    assert count >= MINIMUM
    assert not found, as_text(found)
