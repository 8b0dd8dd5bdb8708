"""A repository asks for one version of basicsr, and another one is installed.

Why it matters: its classes were written for that version: a module that it imports may be gone,
or a loader may read other options.
Evidence: own tests; own runs of HAT, which asks for 1.3.4.9, with basicsr 1.4.2.
False alarms: a pin that is older than what works; so it is a line of information.
What to do: nothing where the check runs through; else install the version that is asked for.
Source: XPixelGroup/HAT requirements.txt.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    name = case.report.plan.framework.name
    for fact in case.report.plan.facts_of('WC560'):
        words = dict(fact.words)
        yield Found(
            name=name,
            file=words['file'],
            installed=words['installed'],
            pinned=words['pinned'],
        )


RULE = Rule('WC560', 'framework-pinned', INFO, TRAINING, look)
