"""A setting of this check is misspelt or has a value that it cannot have; the default holds.

Why it matters: `on_eror: warn` stops the training all the same, and `min_loaded: 90` asks for half.
Evidence: own tests.
False alarms: a setting that a newer version of this program knows.
What to do: correct it, or take it out.
Source: docs/ci.md, Settings.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for one in case.report.plan.misread_settings:
        option = '' if one.place else one.option
        setting = ': '.join(part for part in (one.place, one.option) if part)
        yield Found(option, setting=setting, value=one.value or '–', wanted=one.wanted)


RULE = Rule('WC416', 'setting-not-understood', WARNING, TRAINING, look)
