"""The model's constructor raised an error before it reached its optimizers.

Why it matters: the training probably stops at the same place, unless it is a thing that only a
check lacks (a GPU, data); loads that were not reached were made by hand, as planned.
Source: the rehearsal itself.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is not None and not rehearsal.failure and rehearsal.failure_error:
        reason = rehearsal.failure_message.split('\n')[0][:300]
        yield Found(error=rehearsal.failure_error, reason=reason)


RULE = Rule('WC511', 'constructor-stopped', WARNING, TRAINING, look)
