"""The framework could be imported only after a repair.

Why it matters: torchvision 0.17 removed `functional_tensor`, which basicsr 1.4.2 imports.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is not None and rehearsal.import_repairs:
        yield Found(repairs=rehearsal.import_repairs)


RULE = Rule('WC504', 'import-repaired', WARNING, TRAINING, look)
