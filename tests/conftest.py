"""What every test gets: rehearsal children from a warm process, unless it asks for a cold one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, List

import pytest
from hypothesis import HealthCheck, settings

from tests import warm_child
from tests.silenced_rules import pytest_pyfunc_call as pytest_pyfunc_call
from tests.silenced_rules import repeat_without_rules
from tests.warm_child import Nursery

# No result depends on how busy the machine is: no deadline, and slow inputs are no defect.
settings.register_profile('untimed', deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('untimed')

# A shell gives what it runs in the background no Ctrl-C; tests of Ctrl-C hold all the same.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Two workers and their children share the cores: threads of torch that wait for each other spin,
# which cost several times what the small tensors of the tests do.
os.environ.setdefault('OMP_NUM_THREADS', '1')
# As in an activated environment: `python` is this one, and advice names it so.
os.environ['PATH'] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get('PATH', '')])


# Those that take a worker twenty seconds and more are begun first: so both workers end together.
LONGEST = (
    'docs/test_commands', 'agreement/test_basicsr_grid', 'look/test_check',
    'windows/test_without_posix', 'hostile/test_hostile_pickles', 'provenance/test_trainings',
    'hook/test_trainings', 'hook/test_switch', 'compare/test_scan', 'provenance/test_hook_grid',
    'provenance/test_idioms', 'check/test_options', 'check/test_conversions', 'hook/test_launch',
)  # fmt: skip


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    repeat_without_rules(items)
    items.sort(key=_turn)  # files stay together, and in order


def _turn(item: pytest.Item) -> int:
    name = '/'.join(item.path.with_suffix('').parts[-2:])
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.fixture(scope='session')
def tmp_path_factory(tmp_path_factory: pytest.TempPathFactory) -> pytest.TempPathFactory:
    """Makes folders, also `tmp_path`, that lie in a repository of their own.

    The code of a training is looked for in the folders above its YAML and in all that these hold:
    without the root of a repository that would be the folders of two thousand other tests, for
    longer than the check itself takes.
    """
    make = tmp_path_factory.mktemp

    def mktemp(basename: str, numbered: bool = True) -> Path:
        folder = make(basename, numbered)
        (folder / 'setup.cfg').touch()
        (folder / 'here').mkdir()
        return folder / 'here'

    tmp_path_factory.mktemp = mktemp  # type: ignore[method-assign]
    return tmp_path_factory


@pytest.fixture(scope='session')
def nursery() -> Nursery:
    return warm_child.nursery()


@pytest.fixture(scope='module', autouse=True)
def warm_module(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fork the children that a fixture keeps for its whole file, where that file needs torch."""
    with pytest.MonkeyPatch.context() as patch:
        if {'torch', 'basicsr'} & {mark.name for mark in request.node.iter_markers()}:
            _fork_children(request, patch)
        yield


@pytest.fixture(autouse=True)
def warm_children(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork the children of `check` and `scan` from a process that has torch already."""
    if request.node.get_closest_marker('cold_child') is not None:
        from basicsr_weightcheck.rehearsal import processes

        monkeypatch.setattr(processes, 'Popen', subprocess.Popen)
    elif request.node.get_closest_marker('basicsr') is not None:
        _fork_children(request, monkeypatch)


def _fork_children(request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> None:
    if warm_child.CAN_FORK:
        from basicsr_weightcheck.rehearsal import processes

        patch.setattr(processes, 'Popen', request.getfixturevalue('nursery').fork)


@pytest.fixture(autouse=True)
def short_screens(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Whatever a test checks in this process: its first screen is short and hides no error."""
    if request.node.get_closest_marker('basicsr') is None:
        yield
        return
    from basicsr_weightcheck.workflow.checking import check
    from tests.check.screens import faults

    judged = check.judged
    found: list[str] = []

    def watched(case: Any) -> Any:
        report = judged(case)
        found.extend(faults(report))
        return report

    monkeypatch.setattr(check, 'judged', watched)
    yield
    assert not found, '\n'.join(found)
