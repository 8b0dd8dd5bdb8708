"""A start as the check tells it, held against a line of the truth (drive.py)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking.check import check_on
from basicsr_weightcheck.workflow.checking.refuse import refuse_ambiguous, refuse_missing
from basicsr_weightcheck.workflow.checking.resume_state import iteration_of, resume_state
from tests.frameworks.conftest import as_text, drive

TIMEOUT_S = 600.0
FINE = ('ready', 'nothing-to-load')
# Options that name weights which no network takes: errors beside loads that are right.
MEANT = {'WC405', 'WC431'}


class Grid:
    """All starts of the truth, held against a child that is running.

    Args:
        site: a tree of the framework, or of its imitation, which trainings may write into.
        kind: of the tree, for the driver: 'small' or 'real'.
    """

    def __init__(self, site: Path, kind: str) -> None:
        self.site = site
        self.truth = list(drive('tests.frameworks.redux.drive', site, str(site), kind))
        framework = find_framework(str(site / 'any.yml'), str(site))
        assert framework.dialect == 'traiNNer-redux'
        self.stage = Stage(framework, (), str(site), TIMEOUT_S)

    def assert_agreement(self, lines: List[Dict[str, Any]]) -> None:
        """Nothing is said of these starts that is not so; the working directory is `site`."""
        found = [text for one in lines for text in disagreements(one, self.stage, self.site)]
        assert not found, as_text(found)


def disagreements(line: Dict[str, Any], stage: Stage, site: Path) -> Iterator[str]:
    """What the check says otherwise than the truth; nothing where both agree."""
    try:
        report = check_case(stage, site / line['options'], line['arguments'], site)
    except WeightCheckError as error:
        if not line['error']:
            yield f'{line["case"]}: refused ({str(error)[:200]}), really starts'
        return
    for text in _disagreements(line, report):
        yield f'{line["case"]}: {text}'


def check_case(stage: Stage, options: Path, arguments: List[str], site: Path) -> CheckReport:
    """As `check` does, by a child that is running already."""
    plan = read_plan(
        read_options(str(options)), stage.framework, str(site), '--auto_resume' in arguments,
        iteration_of,
    )  # fmt: skip
    refuse_ambiguous(plan)
    for step in plan.steps:
        refuse_missing(step, plan)
    return check_on(stage, plan, None, resume_state(plan))


def _disagreements(line: Dict[str, Any], report: CheckReport) -> Iterator[str]:
    rehearsal = report.rehearsal
    assert rehearsal is not None
    if rehearsal.failure:
        yield f'not rehearsed: {rehearsal.failure} {rehearsal.failure_message[:200]}'
        return
    stop = rehearsal.stop
    fatal = any(effect.is_fatal for effect in report.plan.path_effects)
    if line['error']:
        said = 'TypeError' if fatal else stop.error if stop is not None else ''
        if said != line['error']:
            yield f'said to stop with {said or "nothing"}, really {line["error"]}'
        if report.verdict == 'ready':
            yield 'ready, and really stops'
        return
    if stop is not None or fatal:
        yield f'said to stop with {stop}, really starts'
        return
    yield from _other_sources(line['tensors'], _said(report))
    yield from _other_verdict(line['tensors'], report)


def _other_sources(real: Dict[str, Any], said: Dict[str, Any]) -> Iterator[str]:
    for key in sorted(set(said) | set(real)):
        if key not in said or key not in real:
            yield f'{key}: {"not named" if key not in said else "no such tensor"}'
        elif not _agree(said[key], [tuple(name) for name in real[key]]):
            yield f'{key}: said {said[key]}, really {real[key]}'


def _other_verdict(real: Dict[str, Any], report: CheckReport) -> Iterator[str]:
    """Where all of every file's networks loads nothing is wrong; where none of one does, it is."""
    planned = {step.network for step in report.plan.steps}
    wrong = {one.code for one in report.all_findings if one.severity == 'error'}
    filled = {key.split('.')[0]: False for key in real}
    for key, names in real.items():
        filled[key.split('.')[0]] |= bool(names)
    whole = all(names for key, names in real.items() if key.split('.')[0] in planned)
    if whole and not wrong & MEANT and (wrong or report.verdict not in FINE):
        yield f'everything loads, and is called {report.verdict} {wrong}'
    if report.verdict == 'ready' and not all(filled.get(network, True) for network in planned):
        yield 'ready, and a network takes nothing of its file'


def _said(report: CheckReport) -> Dict[str, List[Tuple[str, str, str]]]:
    assert report.rehearsal is not None
    return {
        f'{network.network}.{tensor.key}': [
            (os.path.abspath(one.path), one.table, one.key)
            for one in (tensor.origins if tensor.kind == 'whole' else ())
        ]
        for network in report.rehearsal.sources
        for tensor in network.tensors
    }


def _agree(said: List[Tuple[str, str, str]], real: List[Tuple[str, str, str]]) -> bool:
    """The same tensor of a file, or none."""
    return bool(set(said) & set(real)) if said and real else said == real
