"""The framework's start script refuses this Python.

Why it matters: neosr's train.py ends at once under any Python but 3.12.
Evidence: own tests.
False alarms: a check by another Python than the training's: start it with the same one.
What to do: run check and training with the Python that is asked for.
Source: neosr 31c7022 train.py line 36.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for fact in case.report.plan.facts_of(RULE.code):
        yield Found(fact.option, **dict(fact.words))


RULE = Rule('WC551', 'other-python', ERROR, TRAINING, look)
