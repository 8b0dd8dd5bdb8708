"""An option below `path:` looks like a known one, misspelt.

Why it matters: `strict_loadg: false` is never read, and strict loading stays on.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for option, nearest in case.report.plan.unknown_options:
        if nearest:
            yield Found(option, option=option, nearest=nearest)


RULE = Rule('WC405', 'unknown-path-option', WARNING, TRAINING, look)
