"""No framework was found, or its import fails."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is not None and rehearsal.failure == 'import':
        yield Found(
            error=rehearsal.failure_error or 'ImportError',
            reason=rehearsal.failure_message.split('\n')[0][:300],
        )


RULE = Rule('WC505', 'framework-not-importable', ERROR, TRAINING, look)
