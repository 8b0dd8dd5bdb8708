"""The model makes of the file what a check cannot follow: it looks at values, which are not read.

Why it matters: what it then does depends on them; the rehearsal went on with values that are not
those of the file, so what it says of these loads may be wrong.
Evidence: own tests.
False alarms: values that are only printed.
What to do: look at the load's log after the start, or let the hook verify the values (`run`).
Source: basicsr_weightcheck/rehearsal/provenance.py `Follower`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is None:
        return
    if rehearsal.looked_at:
        yield Found(what=phrase('value-of', key=rehearsal.looked_at[0]))
    elif rehearsal.lost:
        yield Found(what=phrase('operation-of-torch', name=rehearsal.lost[0]))


RULE = Rule('WC529', 'values-decide', WARNING, TRAINING, look)
