"""A package that the framework or a network imports is not installed.

Why it matters: the training stops at this import in this environment, and the check can run
nothing; networks of forks often need packages that their requirements do not name.
Evidence: https://github.com/megvii-research/NAFNet/issues/88.
False alarms: the check runs in another environment than the training.
What to do: install the package; where it needs a GPU to be built, check on the machine that trains.
Source: CPython Lib/importlib/_bootstrap.py `_find_and_load_unlocked` (ModuleNotFoundError).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is None:
        return
    # Of a plug-in that is imported in part, or beside what can be predicted, other rules say more.
    predicted = all(load.configured is not None for load in case.report.loads)
    severity = '' if rehearsal.failure == 'import' and not predicted else WARNING
    for package, importer in rehearsal.missing:
        yield Found('', severity, package=package, importer=importer)


RULE = Rule('WC530', 'package-missing', ERROR, TRAINING, look)
