"""Every file in options/ does what its head comment says, on the checkpoint of a real training."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import pytest

from basicsr_weightcheck.archs import REGISTER
from tests.docs.conftest import furnished as furnished  # with the weights of a real training
from tests.docs.desk import copy_of
from tests.helpers import ROOT
from tests.warm_child import WARM, run_python

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

REGISTERED = ('--import', REGISTER)  # as scripts/train.py does it; the YAML tells the rest
# name: (exit code, verdict, must strict_load_g be false, codes that must be there)
SITUATIONS: Dict[str, Tuple[int, str, Any, Tuple[str, ...]]] = {
    'train_edsr': (0, 'ready', False, ()),
    'train_restormer_mdta': (0, 'nothing-to-load', None, ('WC509',)),
    'train_restormer_exact': (0, 'ready', False, ()),
    'train_restormer_hta_from_mdta': (1, 'change-options', True, ('WC201', 'WC306')),
    'train_restormer_hta_from_mdta_fixed': (0, 'ready-partly', True, ('WC204', 'WC306')),
    'train_restormer_wta_from_mdta': (1, 'wrong-checkpoint', False, ('WC307',)),
    'train_restormer_flat_with_ema': (1, 'convert', False, ('WC205',)),
    'train_restormer_wrong_prefix': (1, 'convert', False, ('WC202', 'WC209')),
}


Script = Callable[..., 'subprocess.CompletedProcess[str]']


@pytest.fixture(scope='module')
def script(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Script:
    """Run a script in a copy of this repository where the demo has trained its networks."""
    folder = copy_of(furnished, tmp_path_factory.mktemp('demo') / 'desk')

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_python([*WARM, *arguments], folder)

    return run


def test_every_file_is_tested() -> None:
    files = {name[: -len('.yml')] for name in os.listdir(str(ROOT / 'options'))}
    assert files == set(SITUATIONS)


@pytest.mark.parametrize('name', sorted(SITUATIONS))
def test_situation(script: Script, name: str) -> None:
    code, verdict, must_be_false, expected = SITUATIONS[name]
    done = script(
        'scripts/check_pretrain.py',
        '-opt',
        f'options/{name}.yml',
        *REGISTERED,
        '--format',
        'json',
        '--no-report',
    )
    document = json.loads(done.stdout)
    assert (done.returncode, document['verdict']) == (code, verdict), done.stdout
    found = [f['code'] for load in document['loads'] for f in load['findings']]
    found += [f['code'] for f in document['findings']]
    assert set(expected) <= set(found)
    for load in document['loads']:
        assert load['strict']['must_be_false'] is must_be_false
    if document['recommendation'] is not None:
        assert document['recommendation']['proof']['loads'] is True


def test_the_fixed_file_is_what_fixed_writes(script: Script, tmp_path: Path) -> None:
    fixed = tmp_path / 'fixed.yml'
    script(
        'scripts/check_pretrain.py', '-opt', 'options/train_restormer_hta_from_mdta.yml',
        *REGISTERED, '--no-report', '--fixed', str(fixed),
    )  # fmt: skip
    shipped = (ROOT / 'options' / 'train_restormer_hta_from_mdta_fixed.yml').read_text()
    written = fixed.read_text()
    assert written[written.index('model_type') :] == shipped[shipped.index('model_type') :]


def test_without_what_registers_it_the_network_is_unknown(script: Script) -> None:
    """As in `python basicsr/train.py`: KeyError, no object named 'Restormer'."""
    done = script('scripts/check_pretrain.py', '-opt', 'options/train_restormer_exact.yml')
    assert done.returncode == 2 and "'Restormer' is not known" in done.stderr
    assert f'--import {REGISTER}' in done.stderr and 'scripts/train.py' in done.stderr
    start = f'import sys; sys.path.insert(0, {str(ROOT)!r}); '
    start += 'from tests.agreement.conftest import RepairedBasicsr; basicsr = RepairedBasicsr(); '
    build = "basicsr.build_network({'type': 'Restormer', 'dim': 8})"
    real = script('-c', start + build)
    assert real.returncode == 1 and "No object named 'Restormer'" in real.stderr
    # The very import that the check is told of is what the training needs.
    assert script('-c', f'{start}import {REGISTER}; {build}').returncode == 0
