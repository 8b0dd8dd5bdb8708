"""The options ask for a table that the file has, and the loader reads another one.

Why it matters: neosr takes the first of params-ema, params_ema and params that the file has; an
option param_key_g counts only where it has none of them.
Evidence: own tests.
False alarms: none known: the table is the one that the rehearsed loader read.
What to do: convert the file into one that has the wanted table alone, or take the option out.
Source: neosr 31c7022 neosr/models/base.py `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import asked_and_used, asks_in_vain
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if asks_in_vain(load):
        asked, used = asked_and_used(load)
        option, network = load.step.key_option, load.step.network
        yield Found(
            option, network=network, key=asked, used=used, path=load.step.load_path, option=option
        )


RULE = Rule('WC415', 'table-chosen-by-file', WARNING, LOAD, look)
