"""neosr's own training options: each that can be built is ready with weights that fit it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any, Callable, Dict, List

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.plan.option_edits import apply_edits
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.tensors import NetworkSpec
from tests.frameworks.conftest import as_text
from tests.frameworks.neosr.cases import Case
from tests.frameworks.neosr.said import SURROUNDINGS, Checker

# Why some cannot be checked with weights; docs/frameworks.md has the table.
CANNOT = {
    'train_dctlsa.toml': 'allows it once',
}


def test_every_shipped_training_is_ready(framework: Callable[[str], Path], tmp_path: Path) -> None:
    neosr = framework('neosr')
    found: List[str] = []
    with Checker(str(neosr), str(tmp_path)) as checker:
        paths = sorted((neosr / 'options').glob('train_*.toml'))
        assert len(paths) > 60
        for path in paths:
            reason = CANNOT.get(path.name, '')
            said = looked_at(checker, path, tmp_path)
            if not (reason in said if reason else said == 'ready'):
                found.append(f'{path.name}: {said}')
    assert not found, as_text(found, 100)


def looked_at(checker: Checker, path: Path, folder: Path) -> str:
    """'ready', or what is said of a start on weights that fit."""
    try:
        networks = checker.networks(Case(path.name, str(path), ()))
        report = checker.report(with_weights(path, folder, networks))
    except WeightCheckError as error:
        return str(error)
    errors = [one for one in report.all_findings if one.severity == 'error']
    left = [one.code for one in errors if one.code not in SURROUNDINGS]
    warnings = [one.code for one in report.all_findings if one.severity == 'warning']
    filled = [load.is_complete for load in report.loads]
    if left or warnings or not all(filled) or len(filled) != len(networks):
        failure = report.rehearsal.failure_message if report.rehearsal is not None else ''
        stop = report.rehearsal.stop if report.rehearsal is not None else None
        return f'{report.verdict} {left} {warnings} {filled} {failure[:200]} {stop}'
    return 'ready'


def with_weights(path: Path, folder: Path, networks: Dict[str, NetworkSpec]) -> Case:
    """The same training, with a file that fits each of its networks."""
    import torch

    options = read_options(str(path), 'toml')
    edits = []
    for section, spec in networks.items():
        tensors: Dict[str, Any] = {
            one.key: torch.zeros(one.shape, dtype=getattr(torch, one.dtype)) for one in spec.tensors
        }
        file = os.path.join(folder, f'{path.stem}-{section}.pth')
        torch.save({'params': tensors}, file)
        edits.append(OptionEdit(f'path.pretrain_{section}', 0, None, file))
    copied = os.path.join(folder, path.name)
    with open(copied, 'w', encoding='utf-8') as text:
        text.write(apply_edits(dataclasses.replace(options, path=copied), edits))
    return Case(path.stem, copied, [edit.after for edit in edits])
