"""The outcome of the load was told from the header of the file; the framework's own loader was not
run.

Why it matters: the prediction follows the loaders of BasicSR, Restormer and NAFNet; a fork that
changed its loader may do something else. A load that is only predicted is never called ready.
Evidence: own tests.
False alarms: none known.
What to do: mend what the reason names and check again, or trust the result less.
Source: basicsr_weightcheck/compare/load_outcome.py `predict_load`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.outcomes import PREDICTED
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.configured is not None and load.configured.by == PREDICTED:
        rehearsal = case.report.rehearsal
        reason = '--no-rehearsal'
        if rehearsal is not None:
            reason = short_reason(rehearsal.failure_message, 300)
            error = rehearsal.failure_error
            reason = f'{error}: {reason}' if error and reason else error or reason
        yield Found(reason=reason)


RULE = Rule('WC507', 'only-predicted', WARNING, LOAD, look)
