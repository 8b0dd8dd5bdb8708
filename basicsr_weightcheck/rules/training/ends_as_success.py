"""The training stops at a load, with exit code 0.

Why it matters: a script, a queue or a CI job that started it takes the start for a success; the
folder of the last run has been archived by then.
Evidence: own tests.
False alarms: none known: the exit code is the one with which the constructor that was run ended.
What to do: mend what stops the load.
Source: neosr 31c7022 neosr/models/base.py `load_network` (`sys.exit(0)` in both of its handlers).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    stop = rehearsal.stop if rehearsal is not None else None
    if stop is not None and stop.ends_as_success:
        yield Found(place=stop.place)


RULE = Rule('WC553', 'ends-as-success', WARNING, TRAINING, look)
