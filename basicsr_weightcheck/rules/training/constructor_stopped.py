"""The model's constructor raised an error before it reached its optimizers.

Why it matters: the training probably stops at the same place; loads that the constructor did not
reach were made by hand, in the order of the plan.
Evidence: own tests.
False alarms: a constructor that needs what a check has not: a GPU, data, a download; so the check
does not say that the training stops, but that it could not be checked.
What to do: mend it if your training stops there too; the loads were rehearsed all the same.
Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`;
basicsr_weightcheck/rehearsal/play.py `play`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is not None and not rehearsal.failure and rehearsal.failure_error:
        reason = short_reason(rehearsal.failure_message, 300)
        yield Found(error=rehearsal.failure_error, reason=reason)


RULE = Rule('WC511', 'constructor-stopped', WARNING, TRAINING, look)
