"""A vendored basicsr lies beside an installed one.

Source: Python's import system; a folder without __init__.py loses against an installed package.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    framework = case.report.plan.framework
    if framework is not None and framework.shadowed_origin:
        yield Found(
            '',
            ERROR if framework.is_namespace else '',
            origin=framework.origin,
            shadowed=framework.shadowed_origin,
            which='label:installed-wins' if framework.is_namespace else 'label:either-wins',
            layout=framework.layout,
        )


RULE = Rule('WC506', 'shadowed-framework', WARNING, TRAINING, look)
