"""KAIR's own option files: which the installed packages can build, and what a check says of each
with files that fit.

`python -m tests.frameworks.kair.shipped KAIR` prints one line for each.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.dialects.kair import networks_of
from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import read_plan, used_options
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.tensors import VIRTUAL, CheckpointHeader, FileDict, NetworkSpec
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking.check import draft_report, judged

TIMEOUT_S = 600.0


class Line(NamedTuple):
    """One option file: why it cannot be built, '' where it can; the verdict; codes of errors."""

    name: str
    unbuilt: str
    verdict: str
    errors: List[str]


def lines(repository: Path) -> Iterator[Line]:
    """What is said of every option file."""
    os.chdir(repository)
    framework = find_framework(str(repository / 'options' / 'x.json'), str(repository))
    with Stage(framework, (), str(repository), TIMEOUT_S, sys.executable) as stage:
        for path in sorted((repository / 'options').rglob('*.json')):
            yield _line(stage, path.relative_to(repository))


def _line(stage: Stage, path: Path) -> Line:
    try:
        options = read_options(str(path), 'json')
    except WeightCheckError as error:
        return Line(str(path), str(error), '', [])
    plan = read_plan(options, stage.framework, os.getcwd())
    first = stage.rehearse(used_options(plan), {}, plan)
    if first.failure:
        return Line(str(path), f'{first.failure_error}: {first.failure_message[:200]}', '', [])
    networks = dict(first.networks)
    folder = os.path.join(options.get('path.root'), options.get('task'), 'models')
    headers: Dict[str, Any] = {}
    for letter in networks_of(options):
        spec = networks['netD' if letter == 'D' else 'netG']
        headers[os.path.join(folder, f'0_{letter}.pth')] = _header(letter, folder, spec)
    plan = dataclasses.replace(plan, files_to_come=tuple(headers))
    rehearsal = stage.rehearse(used_options(plan), headers, plan)
    report = judged(draft_report(plan, rehearsal, headers, {}))
    errors = [one.code for one in report.all_findings if one.severity == ERROR]
    return Line(str(path), rehearsal.failure_message[:200], report.verdict, errors)


def _header(letter: str, folder: str, spec: NetworkSpec) -> CheckpointHeader:
    """A file that fits a network."""
    entries = tuple((one.key, one) for one in spec.tensors)
    return CheckpointHeader(os.path.join(folder, f'0_{letter}.pth'), VIRTUAL, 0, FileDict(entries))


if __name__ == '__main__':
    for line in lines(Path(sys.argv[1]).resolve()):
        print(line, flush=True)
