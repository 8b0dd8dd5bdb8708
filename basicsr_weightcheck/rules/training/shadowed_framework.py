"""A copy of basicsr lies above the YAML or the working directory, and another one is installed.

Why it matters: which of them a script imports depends on how it is started. A copy without
__init__.py (Restormer, NAFNet) always loses against an installed one, and the two read other
options.
Evidence: https://github.com/zhengchen1999/DAT/issues/66,
https://github.com/swz30/Restormer/issues/97.
False alarms: a training that is started so that the copy is imported, for example with PYTHONPATH,
where the copy has an __init__.py. Only a note where it is started by `basicsr-weightcheck run`,
which imports the copy, and the check was told so with --repair-imports.
What to do: uninstall the other copy (pip uninstall basicsr), or use an environment for each
repository.
Source: CPython Lib/importlib/_bootstrap_external.py `PathFinder`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    plan = case.report.plan
    framework = plan.framework
    if not framework.shadowed_origin:
        return
    severity, which = WARNING, 'label:either-wins'
    if plan.policy.repair_imports:
        severity, which = INFO, 'label:copy-wins'
    elif framework.is_namespace:
        severity, which = ERROR, 'label:installed-wins'
    yield Found(
        '',
        severity,
        origin=framework.origin,
        shadowed=framework.shadowed_origin,
        which=which,
        layout=framework.layout,
    )


RULE = Rule('WC506', 'shadowed-framework', WARNING, TRAINING, look)
