"""An option below `path:` looks like a known one, misspelt.

Why it matters: `strict_loadg: false` is never read, and strict loading stays on.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    options = case.report.plan.options
    for option, nearest, sure in case.report.plan.unknown_options:
        if not nearest:
            continue
        lost = sure and not options.has(f'path.{nearest}') and options.get(option) is not None
        yield Found(option, ERROR if lost else '', option=option, nearest=nearest)


RULE = Rule('WC405', 'unknown-path-option', WARNING, TRAINING, look, explains=('WC502', 'WC509'))
