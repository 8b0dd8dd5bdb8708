#!/usr/bin/env python3
"""Change the code in one place, a few hundred times, and see whether a test notices.

    python scripts/mutants.py --sample 300 --seed 17

The changes are cosmic-ray's: another operator, another number, a condition turned round. Each is
made in a copy of the tree below .mutants/ (one for each worker), and tests that reach the changed
line are run on it, until the first fails. Which tests those are is measured beforehand, once for
each state of the package. What is known is kept: a run that was ended goes on where it stopped.
Prints survivors, and the tests that failed on the code as it is, for they say nothing here.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import importlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
import warnings
from itertools import chain, zip_longest
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    TypeVar,
)

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / '.mutants'
PACKAGE = 'basicsr_weightcheck'
ROOMS = ('checkpoint', 'compare', 'advice', 'rules')
# The tests that run in seconds and in this process; the rest starts trainings, browsers or Pythons.
TESTS = (
    'unit',
    'checkpoint',
    'hostile',
    'compare',
    'failures',
    'identify',
    'check',
    'conversion',
    'api',
)
TESTS_S = 40.0  # of tests for one mutant, as they took when they were measured
LIMIT_S = 90.0  # for one mutant; more is an endless loop, or as good as one
FILE_LIMIT_S = 180.0
BROKEN = 70  # the run itself, not a test

Job = TypeVar('Job')


class Mutant(NamedTuple):
    """One change: the how-manieth occurrence of what an operator of cosmic-ray can change."""

    path: str
    operator: str
    occurrence: int
    line: int
    first: int  # line of the statement, or of its head
    last: int


class Reach(NamedTuple):
    """Which tests reach which line, the seconds each of them takes, and which say nothing."""

    lines: Dict[str, Dict[int, Set[str]]]
    seconds: Dict[str, float]
    failed: Set[str]

    def tests(self, mutant: Mutant) -> List[str]:
        """Tests for a change of that line, cheap ones first, each file of tests in its turn."""
        lines = self.lines.get(mutant.path, {})
        found = {
            test
            for line, tests in lines.items()
            if mutant.first <= line <= mutant.last
            for test in tests
        }
        files: Dict[str, List[str]] = {}
        for test in sorted(found, key=lambda one: self.seconds[one]):
            files.setdefault(test.split('::')[0], []).append(test)
        chosen: List[str] = []
        spent = 0.0
        for test in filter(None, chain.from_iterable(zip_longest(*files.values()))):
            if not chosen or spent + self.seconds[test] <= TESTS_S:
                chosen.append(test)
                spent += self.seconds[test]
        return chosen


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or '').splitlines()[0])
    parser.add_argument('--sample', type=int, default=300, help='mutants (default: 300)')
    parser.add_argument('--seed', type=int, default=17, help='of the sample (default: 17)')
    parser.add_argument('--seconds', type=float, default=float('inf'), help='then stop, to go on')
    parser.add_argument('--workers', type=int, default=1, help='mutants at a time (default: 1)')
    parser.add_argument('--tests', nargs='+', default=TESTS, help='folders below tests/')
    parser.add_argument('--rooms', nargs='+', default=ROOMS, help='that are changed')
    asked = parser.parse_args()
    end = time.monotonic() + asked.seconds
    trees = [copy_tree(WORK / f'tree-{worker}') for worker in range(asked.workers)]
    tree = trees[0]
    reach = measure(trees, asked.tests, end)
    state = WORK / f'results-{code_state(tree, asked.tests)}.jsonl'
    mutants = sample(tree, asked.rooms, asked.sample, asked.seed)
    results = known(state)

    def work(tree: Path, mutant: Mutant) -> None:
        line = json.dumps([mutant, try_out(tree, mutant, reach)])
        with state.open('a') as file:
            file.write(line + '\n')

    share_out([one for one in mutants if one not in results], work, trees, end)
    for test in sorted(reach.failed):
        print(f'failed on the code as it is: {test}')
    results = known(state)
    return summary(tree, {one: results[one] for one in mutants if one in results}, len(mutants))


# -- the workers and their copies


def share_out(
    jobs: Sequence[Job], work: Callable[[Path, Job], None], trees: Sequence[Path], end: float
) -> None:
    """Each job once, in the copy of whichever worker is free, until the time is over."""
    queue, into = os.pipe()
    os.write(into, b''.join(number.to_bytes(4, 'little') for number in range(len(jobs))))
    os.close(into)
    workers: Set[int] = set()
    for tree in trees:
        pid = os.fork()
        if pid:
            workers.add(pid)
            continue
        code = 1
        try:
            warm_up(tree)
            while time.monotonic() < end:
                number = os.read(queue, 4)
                if not number:
                    break
                work(tree, jobs[int.from_bytes(number, 'little')])
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(queue)
    if any([os.waitpid(pid, 0)[1] for pid in workers]):
        sys.exit('a worker ended before its work')


def copy_tree(tree: Path) -> Path:
    """The files that git would carry; times are kept, so compiled ones hold."""
    listed = subprocess.run(
        ['git', 'ls-files', '-co', '--exclude-standard'],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.splitlines()
    wanted = {name for name in listed if (ROOT / name).is_file()}
    for there in [one for one in tree.rglob('*.py') if one.is_file()]:
        if there.relative_to(tree).as_posix() not in wanted:
            there.unlink()
    for name in wanted:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    return tree


def code_state(tree: Path, parts: Sequence[str]) -> str:
    """A name for what the package and its tests are now, and for which of them are run."""
    digest = hashlib.sha256(' '.join(sorted(parts)).encode())
    for file in sorted(chain((tree / PACKAGE).rglob('*.py'), (tree / 'tests').rglob('*.py'))):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def warm_up(tree: Path) -> None:
    """Import what every run of tests needs, and nothing that is changed; the runs are forks."""
    os.environ.update(CUDA_VISIBLE_DEVICES='', OMP_NUM_THREADS='1')
    sys.dont_write_bytecode = True  # a mutant must never lie in a cache
    sys.path[0] = str(tree)
    os.chdir(tree)
    subprocess.run([sys.executable, '-m', 'compileall', '-q', PACKAGE, 'tests'], check=True)
    from hypothesis import HealthCheck, Phase, settings

    settings.register_profile(
        'mutants',
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),  # a failure counts; nobody reads it
        suppress_health_check=list(HealthCheck),
    )
    from tests.warm_child import PRELOADED

    for name in (*PRELOADED, 'pytest', 'numpy', 'safetensors', 'coverage', 'rich.console'):
        importlib.import_module(name)


# -- runs of tests, each in a fork


def run_tests(arguments: List[str], plugin: Any, limit: float) -> Optional[int]:
    """pytest's exit code; None where the time was over."""
    pid = os.fork()
    if not pid:
        code = BROKEN
        try:
            os.setsid()
            quiet = os.open(_log(), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            code = _pytest(arguments, plugin)
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            if code == BROKEN:
                sys.exit(_log().read_text())
            return code
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def _log() -> Path:
    return Path.cwd() / '.last.log'


def _pytest(arguments: List[str], plugin: Any) -> int:
    import pytest

    from tests import warm_child

    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        ours.close()
        sys.path[0] = ''  # as where it has a start of its own: programs put theirs in its place
        warm_child.serve(theirs.detach())
        os._exit(0)
    theirs.close()

    kind: Any = warm_child.Nursery

    def nursery() -> Any:
        made: Any = kind(ours)
        made._server = type('Ended', (), {'wait': staticmethod(lambda: os.waitpid(pid, 0))})
        return made

    setattr(warm_child, 'Nursery', nursery)  # noqa: B010 - it has forked from this process: no second start
    usual = ['-q', '-p', 'no:cacheprovider', '-p', 'no:xdist', '--hypothesis-profile=mutants']
    usual += [f'--basetemp={Path.cwd()}-tmp', '--tb=line', '--no-header']
    usual += ['-W', 'ignore::pytest.PytestAssertRewriteWarning']  # imported already, as meant
    code = int(pytest.main([*usual, *arguments], plugins=[plugin]))
    sys.stdout.flush()
    return code


class Chosen:
    """Runs the chosen tests only, in that order."""

    def __init__(self, tests: List[str]) -> None:
        self.order = {test: place for place, test in enumerate(tests)}

    def pytest_collection_finish(self, session: Any) -> None:
        items = [item for item in session.items if item.nodeid in self.order]
        session.items[:] = sorted(items, key=lambda item: self.order[item.nodeid])
        session.testscollected = len(session.items)


class Watcher:
    """Notes which lines of the rooms each test reaches, and how long it takes."""

    def __init__(self, tree: Path, result: Path) -> None:
        import coverage

        self.rooms = [str(tree / PACKAGE / room) for room in ROOMS]
        self.tree, self.result = tree, result
        self.coverage = coverage.Coverage(data_file=None, source=self.rooms, config_file=False)
        self.seconds: Dict[str, float] = {}
        self.failed: Set[str] = set()

    def pytest_sessionstart(self) -> None:
        sys.dont_write_bytecode = False  # nothing is changed yet; later runs find compiled tests
        self.coverage.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if not report.passed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # tests that reach none of the rooms
            data = self.coverage.get_data()
        # A test that fails on the untouched code says nothing of a change; nor does one that
        # expects the failure of another.
        good = {one for one in self.seconds if one not in self.failed and '[without ' not in one}
        lines = {
            Path(file).relative_to(self.tree).as_posix(): {
                line: sorted(good.intersection(contexts))
                for line, contexts in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }
        found = {
            'lines': lines,
            'seconds': {test: self.seconds[test] for test in good},
            'failed': sorted(self.failed),
        }
        self.result.write_text(json.dumps(found))


def measure(trees: Sequence[Path], parts: Sequence[str], end: float) -> Reach:
    """Each file of tests once, unless that has been done on this state of the code."""
    tree = trees[0]
    store = WORK / 'reach'
    store.mkdir(exist_ok=True)
    package = hashlib.sha256()
    for file in sorted((tree / PACKAGE).rglob('*.py')):
        package.update(file.read_bytes())
    results: Dict[str, Path] = {}
    for file in sorted(chain(*((tree / 'tests' / part).rglob('test_*.py') for part in parts))):
        name = file.relative_to(tree).as_posix()
        digest = package.copy()
        digest.update(name.encode() + file.read_bytes())
        results[name] = store / f'{digest.hexdigest()[:16]}.json'

    def work(tree: Path, name: str) -> None:
        start = time.monotonic()
        code = run_tests([name], Watcher(tree, results[name]), FILE_LIMIT_S)
        print(f'measured {name}: {time.monotonic() - start:.0f} s, {code}', flush=True)

    share_out([name for name, there in results.items() if not there.exists()], work, trees, end)
    if time.monotonic() > end:
        sys.exit('the time was over while the tests were measured; start again to go on')
    reach = Reach({}, {}, set())
    for result in filter(Path.exists, results.values()):
        add(reach, json.loads(result.read_text()))
    return reach


def add(reach: Reach, found: Dict[str, Any]) -> None:
    reach.seconds.update(found['seconds'])
    reach.failed.update(found['failed'])
    for path, lines in found['lines'].items():
        known_lines = reach.lines.setdefault(path, {})
        for line, tests in lines.items():
            known_lines.setdefault(int(line), set()).update(tests)


# -- the mutants


def sample(tree: Path, rooms: Sequence[str], size: int, seed: int) -> List[Mutant]:
    """As many places of the rooms, and one change for each of them."""
    places: Dict[Tuple[Any, ...], List[Mutant]] = {}
    for room in rooms:
        for file in sorted((tree / PACKAGE / room).rglob('*.py')):
            for place, mutant in mutants_of(file, file.relative_to(tree).as_posix()):
                places.setdefault((mutant.path, *place), []).append(mutant)
    dice = random.Random(seed)
    drawn = dice.sample(sorted(places), min(size, len(places)))
    print(f'{len(drawn)} of {len(places)} places', flush=True)
    return [dice.choice(places[place]) for place in drawn]


def mutants_of(file: Path, path: str) -> Iterator[Tuple[Tuple[Any, ...], Mutant]]:
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    code = file.read_text(encoding='utf-8')
    statements = statements_of(code)
    nodes = list(ast_nodes(get_ast(code)))
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments():  # for one variable of one program
            continue
        spots = (spot for node in nodes for spot in operator().mutation_positions(node))
        for occurrence, (start, stop) in enumerate(spots):
            # What runs at import is reached by every test of the module.
            first, last = statements.get(start[0], (0, sys.maxsize))
            yield (start, stop), Mutant(path, name, occurrence, start[0], first, last)


def statements_of(code: str) -> Dict[int, Tuple[int, int]]:
    """{line inside of a function: first and last line of its statement, or of the head of it}."""
    found: Dict[int, Tuple[int, int]] = {}
    functions = (one for one in ast.walk(ast.parse(code)) if isinstance(one, ast.FunctionDef))
    for function in functions:  # outer ones come first
        for node in chain.from_iterable(map(ast.walk, function.body)):
            if isinstance(node, (ast.stmt, ast.ExceptHandler)):
                body = getattr(node, 'body', None)
                last = body[0].lineno - 1 if body else node.end_lineno
                lines = (node.lineno, max(node.lineno, last or 0))
                found.update(dict.fromkeys(range(lines[0], lines[1] + 1), lines))
    return found


def mutated(tree: Path, mutant: Mutant) -> str:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    code = (tree / mutant.path).read_text(encoding='utf-8')
    return str(mutate_code(code, get_operator(mutant.operator)(), mutant.occurrence))


def try_out(tree: Path, mutant: Mutant, reach: Reach) -> str:
    """What became of it: killed, survived, timed out, or no test that reaches it."""
    tests = reach.tests(mutant)
    if not tests:
        return 'unreached'
    file = tree / mutant.path
    before, stat = file.read_bytes(), file.stat()
    file.write_text(mutated(tree, mutant), encoding='utf-8')
    os.utime(file, (stat.st_atime, stat.st_mtime + 60))  # not the time in the compiled file
    try:
        files = list(dict.fromkeys(test.split('::')[0] for test in tests))
        code = run_tests(['-x', *files], Chosen(tests), LIMIT_S)
    finally:
        file.write_bytes(before)
        os.utime(file, (stat.st_atime, stat.st_mtime))
    outcome = {0: 'survived', None: 'timed out', 5: 'unreached'}.get(code, 'killed')
    print(f'{outcome:9} {mutant.path}:{mutant.line} {mutant.operator[5:]}', flush=True)
    return outcome


def known(state: Path) -> Dict[Mutant, str]:
    if not state.exists():
        return {}
    return {Mutant(*one): outcome for one, outcome in map(json.loads, state.open())}


def summary(tree: Path, results: Dict[Mutant, str], asked: int) -> int:
    for mutant, outcome in sorted(results.items()):
        if outcome in ('survived', 'unreached'):
            before = (tree / mutant.path).read_text(encoding='utf-8').splitlines()
            after = mutated(tree, mutant).splitlines()
            print(f'\n{outcome}: {mutant.path}:{mutant.line} {mutant.operator[5:]}')
            print('\n'.join(list(difflib.unified_diff(before, after, lineterm='', n=1))[3:]))
    counts = {one: list(results.values()).count(one) for one in sorted(set(results.values()))}
    dead = counts.get('killed', 0) + counts.get('timed out', 0)
    print(f'\n{len(results)} of {asked} tried: {counts}, {dead / max(1, len(results)):.1%} killed')
    return 0


if __name__ == '__main__':
    sys.exit(main())
