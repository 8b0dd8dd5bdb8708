"""The rehearsal's side: the same options, by a child process and without a weight."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Dict, Iterator

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.plans import OptionFile
from basicsr_weightcheck.rehearsal.stage import Stage
from tests.agreement.comparison import read_or_nothing

TIMEOUT_S = 600.0


@contextlib.contextmanager
def open_stage(folder: str) -> Iterator[Stage]:
    """A child that has imported the framework of a training in `folder`."""
    framework = find_framework(os.path.join(folder, 'train.yml'), folder)
    with Stage(framework, (), folder, TIMEOUT_S) as stage:
        yield stage


def rehearse(stage: Stage, options: Dict[str, Any], folder: str) -> Any:
    """What `check` asks of the child for these options."""
    plan = read_plan(OptionFile('train.yml', '', options), stage.framework, folder)
    headers: Dict[str, Any] = {}
    for step in plan.steps:
        if os.path.exists(step.load_path):
            headers.update(read_or_nothing(step.load_path))
    return stage.rehearse(options, headers, plan)
