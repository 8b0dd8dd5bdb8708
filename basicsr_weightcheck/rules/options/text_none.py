"""param_key is a text such as None, where an empty value is meant.

Why it matters: YAML takes only ~, null and nothing for empty. BasicSR looks for a table called
'None': it falls back to params without a word, or ends with KeyError where the file has no params.
Evidence: own tests.
False alarms: a file that really has a table of this name.
What to do: write ~ to read the root of the file, or the name of the table.
Source: PyYAML resolver.py `Resolver`; basicsr 1.4.2 models/base_model.py `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.lookup import no_value
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

NONE_TEXTS = ('none', 'null', '~', '')


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    key = load.step.key_configured
    if load.step.key_written and isinstance(key, str) and key.lower() in NONE_TEXTS:
        option, write = load.step.key_option, no_value(case.report.plan.options.nothing)
        yield Found(option, option=option, value=repr(key), write=write)


RULE = Rule('WC403', 'text-none', ERROR, LOAD, look)
