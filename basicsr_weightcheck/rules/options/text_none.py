"""param_key is the text 'None' instead of an empty value.

Source: YAML 1.1: only ~, null and nothing are empty; None is a text.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

NONE_TEXTS = ('none', 'null', '~', '')


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    key = load.step.key_configured
    if load.step.key_written and isinstance(key, str) and key.lower() in NONE_TEXTS:
        yield Found(load.step.key_option, option=load.step.key_option, value=repr(key))


RULE = Rule('WC403', 'text-none', ERROR, LOAD, look)
