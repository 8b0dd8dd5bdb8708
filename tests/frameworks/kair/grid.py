"""What the check says of every case, held against what KAIR really does."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from basicsr_weightcheck.dialects.find import dialect_of, find_framework
from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import read_plan, used_options
from basicsr_weightcheck.records.sources import FileTensor
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking.check import check_on
from tests.agreement.comparison import read_or_nothing
from tests.frameworks.conftest import drive
from tests.frameworks.kair.cases import CASES
from tests.provenance.truth import RealStart, compare
from tests.provenance.values import Truth

TIMEOUT_S = 600.0
GOOD = ('ready', 'ready-partly', 'nothing-to-load')


class Said(NamedTuple):
    """What the check says of one training.

    Attributes:
        rehearsal: None where the option file is refused.
        verdict: '' where no report is made.
        codes: of findings, those that stop first.
        error: text of the one error that stands in the place of a report.
    """

    rehearsal: Any
    verdict: str
    codes: Tuple[str, ...]
    error: str


def names_for(repository: Path) -> List[str]:
    """The cases whose scripts a repository has."""
    return [name for name, case in CASES.items() if (repository / f'{case.script}.py').is_file()]


def truths(repository: Path, folder: Path, names: List[str]) -> Dict[str, RealStart]:
    """Start every training for real, in a process of its own."""
    lines = drive(
        'tests.frameworks.kair.truth', repository, str(repository), str(folder), *names
    )  # fmt: skip
    return {line['name']: _start(line) for line in lines}


def _start(line: Dict[str, Any]) -> RealStart:
    tensors = {
        name: Truth(
            kind,
            frozenset(frozenset(FileTensor(*one) for one in names) for names in origins),
            elements,
            cut,
        )
        for name, (kind, origins, elements, cut) in line['tensors'].items()
    }
    return RealStart(line['error'], line['message'], tensors)


class Checker:
    """One child for all trainings of a repository."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def said(self, options_path: str, *, checked: bool = True) -> Said:
        """Rehearse one training, and check it."""
        framework = self._stage.framework
        try:
            options = read_options(options_path, dialect_of(framework).option_format)
        except WeightCheckError as error:
            return Said(None, '', (), str(error))
        plan = read_plan(options, framework, os.getcwd())
        headers: Dict[str, Any] = {}
        for step in plan.steps:
            if os.path.isfile(step.load_path):
                headers.update(read_or_nothing(step.load_path))
        rehearsal = self._stage.rehearse(used_options(plan), headers, plan)
        if not checked:
            return Said(rehearsal, '', (), rehearsal.failure_message)
        try:
            report = check_on(self._stage, plan)
        except WeightCheckError as error:
            return Said(rehearsal, '', (), str(error))
        found = sorted(report.all_findings, key=lambda one: one.severity != 'error')
        return Said(rehearsal, report.verdict, tuple(one.code for one in found), '')


@contextlib.contextmanager
def open_checker(repository: Path) -> Iterator[Checker]:
    """A child that has imported KAIR, with the repository as its working directory."""
    before = os.getcwd()
    os.chdir(repository)
    try:
        framework = find_framework(str(repository / 'options' / 'train.json'), str(repository))
        with Stage(framework, (), str(repository), TIMEOUT_S, sys.executable) as stage:
            yield Checker(stage)
    finally:
        os.chdir(before)


def disagreements(case: str, real: RealStart, said: Said) -> List[str]:
    """What is said otherwise than it happens, tensor by tensor, and in the verdict."""
    if said.rehearsal is None or said.rehearsal.failure in ('options', 'unknown-network'):
        return [] if real.error and said.error else [f'{case}: said {said.error!r}, really {real}']
    if said.rehearsal.failure.startswith('network-'):
        return [] if real.error == said.rehearsal.failure_error else [f'{case}: {said}, {real}']
    found = compare(case, real, said.rehearsal)
    wrong = _wrong_verdict(real, said)
    return [*found, f'{case}: verdict {said.verdict} {said.codes}: {wrong}'] if wrong else found


def _wrong_verdict(real: RealStart, said: Said) -> Optional[str]:
    kinds = {truth.kind for truth in real.tensors.values()}
    if real.error and said.verdict in GOOD:
        return f'the training ends with {real.error}'
    if said.verdict == 'ready' and not _whole(real):
        return 'something stays random in a network that is loaded'
    if said.verdict == 'nothing-to-load' and kinds != {'initial'}:
        return 'something is loaded'
    return None


def _whole(real: RealStart) -> bool:
    """Every network that gets something gets all of it, buffers of a copied average apart."""
    kinds: Dict[str, List[str]] = {}
    for name, truth in real.tensors.items():
        if name.split('.')[-1] not in ('running_mean', 'running_var', 'num_batches_tracked'):
            kinds.setdefault(name.split('.')[0], []).append(truth.kind)
    return all(set(one) in ({'whole'}, {'initial'}) for one in kinds.values())
