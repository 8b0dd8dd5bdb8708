"""Edits of the YAML that concern no load of today were tried, and did not do what they should.

Why it matters: a moved or renamed option makes the training load something that it did not load
before; the file may be missing, or of another network.
Evidence: own tests
False alarms: a YAML without weights, where a renamed option changes nothing yet.
What to do: make the edits and check again: the check then looks at the load itself.
Source: the rehearsal itself.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    reason = case.proof_failures.get('')
    if reason is not None:
        yield Found('', reason=reason)


RULE = Rule('WC526', 'edits-not-proven', WARNING, TRAINING, look)
