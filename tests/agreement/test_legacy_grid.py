"""The same agreement for the older layout: dialect B (fallback, EMA) and C (neither)."""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path
from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.plans import OptionFile
from basicsr_weightcheck.rehearsal.stage import Stage
from tests.agreement.checkpoints import KINDS, cells
from tests.agreement.comparison import compare_calls, compare_predictions, read_or_nothing
from tests.agreement.legacy_layout import NETWORKS, write_repository
from tests.helpers import ROOT
from tests.warm_child import WARM, run_python

pytestmark = [pytest.mark.torch]
WHOLE = 'SmallNormed'  # has buffers, and meets every kind of file under every option
DIALECTS = {'restormer': '', 'nafnet': 'fallback ema'}


def make_options(network: str, path: str, strict: bool, key: Any, ema: float) -> Dict[str, Any]:
    return {
        'name': 'grid',
        'model_type': 'ImageCleanModel',
        'num_gpu': 0,
        'network_g': dict(NETWORKS[network], type=network),
        'path': {'pretrain_network_g': path, 'strict_load_g': strict, 'param_key': key},
        'train': {'ema_decay': ema},
    }


def real_answers(folder: str, files: Path, cases: List[Dict[str, Any]]) -> Any:
    (files / 'cases').write_bytes(pickle.dumps((folder, str(files), cases)))
    done = run_python([*WARM, '-m', 'tests.agreement.legacy_layout', str(files / 'cases')], ROOT)
    assert done.returncode == 0, done.stderr
    return pickle.loads((files / 'cases').read_bytes())


@pytest.mark.parametrize('dialect', sorted(DIALECTS))
def test_check_and_legacy_framework_agree(dialect: str, tmp_path: Path) -> None:
    folder = write_repository(str(tmp_path / 'repository'), DIALECTS[dialect])
    framework = find_framework(os.path.join(folder, 'train.yml'), folder)
    assert framework is not None and framework.dialect == dialect
    assert framework.has_ema == (dialect == 'restormer')
    files = tmp_path / 'files'
    files.mkdir()
    grid = [
        (network, kind, *cell)
        for turn, network in enumerate(NETWORKS)
        for kind in KINDS
        for cell in cells(kind, None if network == WHOLE else turn)
    ]
    cases = [
        make_options(network, str(files / f'{network}-{kind}.pth'), strict, key, ema)
        for network, kind, strict, key, ema in grid
    ]
    real = real_answers(folder, files, cases)
    found: List[str] = []
    with Stage(framework, (), folder, 600.0, repair_imports=True) as stage:
        for case, options, calls in zip(grid, cases, real):
            path = options['path']['pretrain_network_g']
            headers = read_or_nothing(path)
            plan = read_plan(OptionFile('grid.yml', '', copy.deepcopy(options)), framework, folder)
            rehearsal = stage.rehearse(options, headers, plan)
            assert not rehearsal.failure, (case, rehearsal.failure_message)
            found += compare_calls(str(case), calls, rehearsal.loads)
            if headers and headers[path].container != 'safetensors':
                found += compare_predictions(
                    str(case), calls, rehearsal.loads, headers[path], framework.has_params_fallback
                )
    assert len(real) == len(cases) > 9 * len(KINDS)
    assert not found, '\n'.join(found[:20])
