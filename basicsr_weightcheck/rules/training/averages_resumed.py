"""A resume goes on from averaged weights, with the optimizer of the raw ones.

Why it matters: neosr saves the averages under params and the raw weights nowhere; after a resume
both networks start on the averages.
Evidence: own tests.
False alarms: none known.
What to do: nothing, where a small step back is no matter; else train in one go, or without EMA.
Source: neosr 31c7022 neosr/models/image.py `save`, neosr/utils/misc.py `check_resume`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for fact in case.report.plan.facts_of(RULE.code):
        yield Found(fact.option)


RULE = Rule('WC552', 'averages-resumed', INFO, TRAINING, look)
