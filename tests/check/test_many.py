"""Several YAMLs at once: one import, a fork for each, a row for each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.plans import OptionFile
from basicsr_weightcheck.rehearsal import processes
from basicsr_weightcheck.rehearsal.processes import Warm
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking.check_many import check_many
from tests.agreement.checkpoints import KINDS, write_checkpoint
from tests.agreement.comparison import read_or_nothing
from tests.agreement.conftest import RepairedBasicsr
from tests.agreement.test_basicsr_grid import make_options
from tests.check.conftest import BASE
from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
# It leaves traces wherever it can, and does not bear those of another training.
TRACES = """import os, signal, sys
import numpy, torch
from basicsr.archs.edsr_arch import EDSR
from basicsr.utils.registry import ARCH_REGISTRY
SEEDS = {'one': 1001, 'two': 1002, 'ends': 1003, 'three': 1004}
SEEN = set()

@ARCH_REGISTRY.register()
class Traces(EDSR):
    def __init__(self, mark, **options):
        seen = SEEN | {os.environ.get('TRACE', mark), getattr(torch, 'a_trace', mark)}
        seen |= {place[6:] for place in sys.path if place.startswith('/trace')}
        seeds = torch.initial_seed(), int(numpy.random.get_state()[1][0])
        seen |= {name for name, seed in SEEDS.items() if seed in seeds}
        assert seen <= {mark}, seen
        SEEN.add(mark)
        sys.path.insert(0, f'/trace{mark}')
        os.environ['TRACE'] = torch.a_trace = mark
        torch.manual_seed(SEEDS[mark])
        numpy.random.seed(SEEDS[mark])
        torch.set_default_dtype(torch.float64 if mark == 'two' else torch.float32)
        super().__init__(**options)
        if mark == 'ends':
            os.kill(os.getpid(), signal.SIGSEGV)
"""


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, warm_children: None) -> List[str]:
    """The programs of all processes that are begun."""
    found: List[str] = []
    real = processes.Popen  # type: ignore[attr-defined]

    def begin(command: List[str], **how: Any) -> Any:
        found.append(command[-1])
        return real(command, **how)

    monkeypatch.setattr(processes, 'Popen', begin)
    return found


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> List[int]:
    """How many forks there are, whenever one comes."""
    found: List[int] = []
    living = set()
    real_init, real_leave = processes.Fork.__init__, processes.Fork.leave

    def init(self: Any, *how: Any) -> None:
        real_init(self, *how)
        living.add(self)
        found.append(len(living))

    def leave(self: Any) -> None:
        living.discard(self)
        real_leave(self)

    monkeypatch.setattr(processes.Fork, '__init__', init)
    monkeypatch.setattr(processes.Fork, 'leave', leave)
    return found


def test_nothing_of_one_reaches_the_next(
    basicsr: Training, edsr: State, begun: List[str], together: List[int]
) -> None:
    basicsr.save({'params': edsr})
    (basicsr.folder / 'traces.py').write_text(TRACES)
    text = BASE.replace('type: EDSR', 'type: Traces\n  mark: MARK')
    for mark in ('one', 'two', 'ends', 'three'):
        (basicsr.folder / f'{mark}.yml').write_text(
            text.replace('MARK', mark).replace('probe', mark)
        )
    (basicsr.folder / 'broken.yml').write_text('name: [')
    names = ('one.yml', 'two.yml', 'broken.yml', 'ends.yml', 'none.yml', 'three.yml')
    words = (*names[1:], '--no-report', '--import', 'traces', '--jobs', '1')
    exit_code, document = basicsr.document(*words, path=names[0])
    rows = document['summary']
    assert exit_code == 2 and [row['options_path'] for row in rows] == list(names)
    verdicts = [row['verdict'] for row in rows]
    assert verdicts == ['ready', 'ready', None, None, None, 'ready'], [row['do'] for row in rows]
    assert rows[3]['error']['error'] == 'NetworkBuildError' and 'signal 11' in rows[3]['do']
    assert [check['options']['name'] for check in document['checks']] == ['one', 'two', 'three']
    # One import for all, and another for the one that has ended its fork: a process has the word.
    assert begun == [processes.NURSE, processes.CHILD]
    assert together == [1] * 4  # what is read ahead waits for the one job
    for name, check in zip(('one.yml', 'two.yml', 'three.yml'), document['checks']):
        alone = basicsr.document('--no-report', '--import', 'traces', path=name)
        assert alone == (0, check)


def test_a_table_of_all(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    basicsr.save({'params': {k: v for k, v in edsr.items() if 'conv_last' not in k}}, 'part.pth')
    text = BASE.replace('weights.pth', 'part.pth').replace('probe', 'part')
    (basicsr.folder / 'part.yml').write_text(text)
    words = ('part.yml', 'none.yml', '--lang', 'en')
    exit_code, out, err = basicsr.prints(*words, '--no-report')
    assert exit_code == 2
    table = out[out.index('1 of 3 trainings may start') :]
    rows = [line.split()[0] for line in table.splitlines()[4:-1]]
    assert rows == ['train.yml', 'part.yml', 'none.yml']
    assert 'strict_load_g: true → false' in table and 'no such file' in table
    assert err.startswith('basicsr-weightcheck: none.yml') and err.count('\n') == 1
    assert max(map(len, table.splitlines())) <= 100
    html = basicsr.prints(*words, '--quiet', '--format', 'html', '--output', 'pages')
    assert html.exit_code == 2
    page = (basicsr.folder / 'pages' / 'checks.html').read_text(encoding='utf-8')
    assert '1 of 3 trainings may start' in page and 'part.yml' in page
    assert (basicsr.folder / 'pages' / 'part' / 'check.html').exists()


def test_a_defect_of_ours_is_the_row_of_one_yaml(capfd: Any) -> None:
    def check(path: str, warm: Any) -> Any:
        return 1 // int(path)

    found: List[Any] = list(check_many(['1', '0', '1'], check))
    one, defect, two = found
    assert one.report == two.report == 1 and one.error is two.error is None
    assert defect.report is None and 'ZeroDivisionError' in str(defect.error)
    assert 'Traceback' in capfd.readouterr().err


def test_where_nothing_can_be_forked_every_yaml_has_a_process(
    basicsr: Training, edsr: State, begun: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    basicsr.save({'params': edsr})
    (basicsr.folder / 'b.yml').write_text(BASE.replace('probe', 'other'))
    (basicsr.folder / 'busy.py').write_text(
        'import threading, time\n'
        'threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n'
    )
    words = ('b.yml', '--no-report', '--import', 'busy', '--jobs', '2')
    exit_code, document = basicsr.document(*words)
    assert exit_code == 0, document['summary']
    assert sorted(begun) == sorted([processes.NURSE, processes.CHILD, processes.CHILD])
    begun.clear()
    monkeypatch.setattr(processes, 'FORKS', False)
    assert basicsr.document(*words)[0] == 0
    assert begun == [processes.CHILD] * 2


def test_a_fork_answers_as_a_process_that_imports(tmp_path: Path, warm_children: None) -> None:
    """A part of the agreement grid: every kind of file, each in a fork of its own."""
    state = RepairedBasicsr().build('EDSR').state_dict()
    framework = find_framework(str(tmp_path / 'train.yml'), str(tmp_path))
    place = (framework, (), str(tmp_path), 600.0)
    with Warm() as warm, Stage(*place, repair_imports=True) as fresh:
        for number, kind in enumerate(KINDS):
            path = str(tmp_path / f'{kind}.pth')
            write_checkpoint(kind, state, path)
            options = make_options('EDSR', path, bool(number % 2), 'params', 0)
            headers = read_or_nothing(path)
            plan = read_plan(OptionFile('grid.yml', '', options), framework, os.getcwd())
            with Stage(*place, repair_imports=True, warm=warm) as stage:
                answer = stage.rehearse(options, headers, plan)
            assert answer == fresh.rehearse(options, headers, plan), kind
