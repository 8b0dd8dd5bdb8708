"""The check against the real start of twenty-three trainings, each beside its quiet counterpart."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import pytest

from basicsr_weightcheck.cli import check_command
from basicsr_weightcheck.cli.main import main
from tests.helpers import ROOT
from tests.provenance.layouts import write_plugin
from tests.provenance.trainings import TRAININGS, Made, make_training
from tests.provenance.truth import RealStart, compare, start
from tests.warm_child import WARM, run_python

pytestmark = [
    pytest.mark.torch,
    pytest.mark.basicsr,
    pytest.mark.filterwarnings('ignore:Detected pickle protocol 3'),
]
PLAIN = """import sys, types, warnings
warnings.filterwarnings('ignore')
sys.modules['torchvision._meta_registrations'] = types.ModuleType('x')
import torchvision.transforms.functional as functional
sys.modules['torchvision.transforms.functional_tensor'] = functional
from basicsr.archs import build_network
build_network({'type': 'Restormer'})
"""


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_plugin(str(tmp_path_factory.mktemp('trainings')))


@pytest.fixture(scope='module')
def shapes(plugin: Any) -> Any:
    from basicsr.archs import build_network
    from basicsr.utils.registry import ARCH_REGISTRY

    from basicsr_weightcheck.archs.restormer_arch import Restormer

    def of(section: Dict[str, Any]) -> Dict[str, Any]:
        rest = {key: value for key, value in section.items() if key != 'type'}
        if section['type'] == 'Restormer' and 'Restormer' not in ARCH_REGISTRY:
            network = Restormer(**rest)
        else:
            network = build_network(section)
        return {k: (tuple(v.shape), v.dtype) for k, v in network.state_dict().items()}

    return of


class Said:
    """What one run of the command says."""

    def __init__(self, code: int, report: Any) -> None:
        self.code, self.report = code, report

    @property
    def verdict(self) -> str:
        return '' if self.report is None else str(self.report.verdict)

    @property
    def errors(self) -> List[str]:
        found = self.report.all_findings if self.report is not None else ()
        return [f'{one.code} {one.name}' for one in found if one.severity == 'error']


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, folder: str) -> Iterator[Any]:
    reports: List[Any] = []
    real = check_command.check  # type: ignore[attr-defined]

    def kept(*args: Any, **kwargs: Any) -> Any:
        reports.append(real(*args, **kwargs))
        return reports[-1]

    monkeypatch.setattr(check_command, 'check', kept)
    monkeypatch.chdir(folder)

    def run(made: Made, imports: Tuple[str, ...] = ()) -> Said:
        words = ['check', '-opt', made.yaml, '--no-report']
        for name in imports:
            words += ['--import', name]
        reports.clear()
        code = main(words)
        return Said(code, reports[0] if reports else None)

    yield run


def truth_of(made: Made, plugin: Any) -> RealStart:
    return start(plugin.model(made.options['model_type']), made.options, made.values)


def disagreements(made: Made, real: RealStart, said: Said) -> List[str]:
    """Names in full and in part, network by network, as the report has them."""
    found = compare(made.name, real, said.report.rehearsal)
    if said.report.sources != said.report.rehearsal.sources:
        found.append(f'{made.name}: the report and its rehearsal name different sources')
    return found


@pytest.mark.parametrize('name', sorted(TRAININGS))
def test_what_is_said_is_what_happens(
    name: str, folder: str, shapes: Any, plugin: Any, run: Any, capfd: Any
) -> None:
    case = TRAININGS[name]
    made = make_training(name, folder, shapes, quiet=False)
    said = run(made)
    if name == 'class_of_the_tool':
        real: Optional[RealStart] = None
        done = run_python([*WARM, '-c', PLAIN], ROOT)
        assert done.returncode and 'KeyError' in done.stderr and 'Restormer' in done.stderr
        assert 'Restormer' in ''.join(capfd.readouterr())
    else:
        real = truth_of(made, plugin)
    assert said.code in case.codes, (case.right, said.verdict)
    assert said.verdict in (case.verdicts or ('', 'could-not-check')), case.right
    if real is not None:
        found = disagreements(made, real, said)
        assert not found, '\n'.join(found)
        assert not real.error or said.errors


@pytest.mark.parametrize('name', sorted(TRAININGS))
def test_the_same_with_the_right_file_is_quiet(
    name: str, folder: str, shapes: Any, plugin: Any, run: Any
) -> None:
    case = TRAININGS[name]
    made = make_training(name, folder, shapes, quiet=True)
    said = run(made, case.imports)
    assert (said.code, said.verdict, said.errors) == (0, 'ready', []), case.right
    if case.imports:
        return  # what registers the class there would stay in this process
    real = truth_of(made, plugin)
    found = disagreements(made, real, said)
    assert not found, '\n'.join(found)
    assert not real.error
    assert {truth.kind for truth in real.tensors.values()} == {'whole'}


def test_all_of_them() -> None:
    assert len(TRAININGS) == 23 and Path(__file__).exists()
