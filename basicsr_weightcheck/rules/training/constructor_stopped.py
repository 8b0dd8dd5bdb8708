"""The framework's option parser, or the model's constructor, ends with an exception.

Why it matters: the training ends there as well, before its first step, whatever its weights are; a
YAML without `path:` or `datasets:` does so in the parser.
Evidence: own tests.
False alarms: a constructor that needs what a check has not, a GPU say: then it is a warning, and
the check says that it could not be made.
What to do: mend what the exception names; where it is the machine, check on the one that trains.
Source: basicsr 1.4.2 utils/options.py `parse_options`, models/sr_model.py
`init_training_settings`; basicsr_weightcheck/rehearsal/play.py `play`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is None:
        return
    stop = rehearsal.stop
    if stop is not None and not _is_said_by_a_load(case):
        reason = short_reason(stop.message, 300)
        yield Found(error=stop.error, reason=reason, place=stop.place)
    elif rehearsal.failure == 'model':
        reason = short_reason(rehearsal.failure_message, 300)
        yield Found('', WARNING, error=rehearsal.failure_error, reason=reason, place='')


def _is_said_by_a_load(case: Case) -> bool:
    """The stop is that of a load, which has findings of its own."""
    stop = case.report.rehearsal.stop if case.report.rehearsal is not None else None
    failed = [one for one in case.report.loads if one.configured and not one.configured.loads]
    return stop is not None and bool(stop.network) and bool(failed)


RULE = Rule('WC511', 'constructor-stopped', ERROR, TRAINING, look)
