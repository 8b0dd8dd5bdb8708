"""The framework reads params although the YAML names another table.

Why it matters: a table that is absent or misspelt becomes params without an error; the log line
always says params_ema, whatever was asked for.
Evidence: https://github.com/xinntao/Real-ESRGAN/issues/236,
own tests.
False alarms: none known: the table is the one that the rehearsed loader read.
What to do: write params, so that the YAML says what happens, or name the file that has the table.
Source: basicsr 1.4.2 models/base_model.py `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import asked_and_used, asks_in_vain
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    asked, used = asked_and_used(load)
    if used and asked != used and load.step.key_option and not asks_in_vain(load):
        yield Found(
            load.step.key_option,
            network=load.step.network,
            key=asked,
            used=used,
            path=load.step.load_path,
            option=load.step.key_option,
        )


RULE = Rule('WC206', 'table-fallback', WARNING, LOAD, look)
