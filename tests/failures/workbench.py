"""The world of the fixture `bench`: trainings of any network, checked by the library's own call.

Beside `training`, `restormer` and `nafnet` (training_folder.py), which are checked by the command
line and answer with its JSON, a bench answers with the report itself. All tests share one child.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import os
import warnings
from pathlib import Path
from typing import Any, Dict, List, Optional

import yaml

from basicsr_weightcheck.archs import REGISTER
from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.findings import Finding
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking.advise import corrected_yaml
from basicsr_weightcheck.workflow.checking.check import check_on
from tests.agreement.conftest import RepairedBasicsr
from tests.agreement.real_run import RealCall, run_real_training_start

Section = Dict[str, Any]
IMPORTED = ('tests.failures.toy_networks', REGISTER)
TRAIN = {
    'optim_g': {'type': 'Adam', 'lr': 1e-4},
    'optim_d': {'type': 'Adam', 'lr': 1e-4},
    'scheduler': {'type': 'MultiStepLR', 'milestones': [4], 'gamma': 0.5},
    'total_iter': 4,
    'pixel_opt': {'type': 'L1Loss', 'loss_weight': 1.0, 'reduction': 'mean'},
    'gan_opt': {'type': 'GANLoss', 'gan_type': 'vanilla', 'loss_weight': 0.1},
}


@functools.lru_cache(maxsize=None)
def shared_stage() -> Stage:
    """One child process for all tests of this process."""
    folder = os.path.dirname(os.path.abspath(__file__))
    framework = find_framework(os.path.join(folder, 'x.yml'), folder)
    stage = Stage(framework, IMPORTED, folder, 600.0, repair_imports=True)
    atexit.register(stage.close)
    return stage


@functools.lru_cache(maxsize=None)
def basicsr() -> RepairedBasicsr:
    """basicsr 1.4.2, repaired, after what the training imports and the check is told of."""
    repaired = RepairedBasicsr()
    for module in IMPORTED:
        importlib.import_module(module)
    return repaired


def state_of(network: str, **options: Any) -> Dict[str, Any]:
    """The state dict of a real network."""
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Deformable alignment module is not added')
        state: Dict[str, Any] = basicsr().build_network(dict(options, type=network)).state_dict()
    return state


class Bench:
    """A training YAML and its weights in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = str(folder / 'train.yml')

    def save(self, content: Any, name: str = 'weights.pth') -> str:
        import torch

        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, str(target))
        return str(target)

    def write(self, network: Section, path: Section, /, **more: Any) -> None:
        """Write the YAML; `more` replaces or adds whole sections."""
        train = {**TRAIN, 'ema_decay': more.pop('ema_decay', 0)}
        options: Section = {'name': 'probe', 'model_type': 'SRModel', 'scale': 4, 'num_gpu': 0}
        options.update(manual_seed=0, network_g=network, path=path, train=train)
        options.update(datasets={}, weightcheck={'repair_imports': True})
        options.update(more)
        with open(self.path, 'w', encoding='utf-8') as file:
            yaml.safe_dump(options, file, sort_keys=False)

    def check(self, stage: Optional[Stage] = None) -> CheckReport:
        stage = stage or shared_stage()
        plan = read_plan(read_options(self.path), stage.framework, str(self.folder))
        return check_on(stage, plan)

    def apply(self, report: CheckReport) -> Dict[str, Any]:
        """Write the corrected YAML, as --apply does; returns the edits."""
        text = corrected_yaml(report)
        Path(self.path).write_text(text, encoding='utf-8')
        edits = report.recommendation.edits if report.recommendation else ()
        return {edit.option: edit.after for edit in edits}

    def really_load(self) -> List[RealCall]:
        """The load calls of the real model's constructor, with real tensors."""
        options = basicsr().training_options(dict(read_options(self.path).data))
        from basicsr.utils.registry import MODEL_REGISTRY

        return run_real_training_start(MODEL_REGISTRY.get(options['model_type']), options)


def first(report: CheckReport, load: int = 0) -> str:
    """The code that stands first for a load."""
    findings = report.loads[load].findings
    return findings[0].code if findings else ''


def found(report: CheckReport, code: str) -> Finding:
    (one, *_) = [finding for finding in report.all_findings if finding.code == code]
    return one


def codes(report: CheckReport) -> List[str]:
    return [finding.code for finding in report.all_findings]
