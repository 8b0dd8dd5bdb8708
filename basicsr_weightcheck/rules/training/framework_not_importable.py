"""No basicsr was found, or its import fails.

Why it matters: no load can be rehearsed, and the training stops at the same import if it runs in
this environment.
Evidence: https://github.com/swz30/Restormer/issues/97,
https://github.com/megvii-research/NAFNet/issues/88.
False alarms: the check runs in another environment than the training.
What to do: run the check with the Python of the training, from its folder; --import MODULE brings
in a module of your own.
Source: basicsr_weightcheck/rehearsal/import_framework.py `import_framework`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is not None and rehearsal.failure == 'import':
        predicted = all(load.configured is not None for load in case.report.loads)
        yield Found(
            '',
            WARNING if predicted else '',
            error=rehearsal.failure_error or 'ImportError',
            reason=short_reason(rehearsal.failure_message, 300),
        )


RULE = Rule('WC505', 'framework-not-importable', ERROR, TRAINING, look)
