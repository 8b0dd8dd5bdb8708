"""With another option, or with other values of the pictures, the same file does clearly better.

Why it matters: the file is of that network: equal keys and shapes are no proof (attention, windows,
scales, the range of values, BGR and RGB leave no trace in a file).
Evidence: https://github.com/HzFrancesca/Restormer_LLIE (HTA and WTA have the keys of MDTA).
False alarms: a network that was made for another degradation: what makes it weaker may then make it
better. Asked for are 1 dB more on every picture than with the YAML, and than by doing nothing; it
is an error where another option gives 3 dB more. Said only with check --first-look.
What to do: give the network the option that the file was trained with, or look for it near the one
that is named: what does better need not be the very one.
Source: the output of the networks; basicsr_weightcheck/records/looks.py `Look.better_rival`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.looks import SURELY_DB
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule
from basicsr_weightcheck.rules.values.worse_than_nothing import RULE as SYMPTOM
from basicsr_weightcheck.rules.values.worse_than_nothing import decibels


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    better = load.look.better_rival if load.look is not None else None
    if load.look is None or better is None or not load.is_complete:
        return
    name = f'label:look-{better.name}' if better.kind == 'input' else better.name
    mine, nothing = load.look.row('configured'), load.look.row('nothing')
    assert mine is not None
    sure = better.kind == 'rival' and better.beats(mine, SURELY_DB)
    yield Found(
        load.step.network_option if better.kind == 'rival' else load.step.path_option,
        ERROR if sure else WARNING,
        name=name,
        theirs=decibels(better),
        mine=decibels(mine),
        nothing=decibels(nothing),
        count=len(load.look.pairs),
    )


SYMPTOMS = (SYMPTOM.code, 'WC211', 'WC231')
RULE = Rule('WC607', 'another-does-better', WARNING, LOAD, look, explains=SYMPTOMS)
