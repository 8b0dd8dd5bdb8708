"""The framework could be imported only after a repair.

Why it matters: torchvision 0.17 removed `functional_tensor`, which basicsr 1.4.2 imports.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

NAMESPACE = 'namespace-package'  # two copies of the framework: WC506 says it


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    for repair in rehearsal.import_repairs if rehearsal is not None else ():
        if repair != NAMESPACE:
            yield Found(repair=repair, fix=f'label:fix-{repair}')


RULE = Rule('WC504', 'import-repaired', WARNING, TRAINING, look)
