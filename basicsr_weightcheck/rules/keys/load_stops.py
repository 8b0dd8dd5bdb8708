"""The load stops, and no other rule knows why.

Why it matters: the training ends there. param_key_g may name an entry that is no table (a number, a
list), or a loader of your own raises.
Evidence: own tests
False alarms: an error that only this machine has. Left out where another error explains the stop.
What to do: read the words of the framework.
Source: basicsr 1.4.2 models/base_model.py `load_network`; the outcome is the framework's own.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome = load.configured
    if outcome is not None and outcome.loads is False:
        reason = short_reason(outcome.message, 300)
        yield Found(
            load.step.path_option, path=load.step.load_path, error=outcome.error, reason=reason
        )


RULE = Rule('WC241', 'load-stops', ERROR, LOAD, look)
