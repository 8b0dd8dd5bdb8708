"""An option of a network is taken by `**kwargs`, and nothing reads it.

Why it matters: a misspelt `num_feats` builds the network with the default of num_feat, without a
word; its weights then do not fit, or another network is trained than was asked for.
Evidence: own tests.
False alarms: none known: the code of the constructor that was run never looks at its keywords.
What to do: write the parameter's name as the class has it, or take the option out.
Source: neosr 31c7022 neosr/archs/compact_arch.py `compact.__init__` (34 of its 46 arch files take
keywords so).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    for section, spec in rehearsal.networks if rehearsal is not None else ():
        for name, nearest in spec.swallowed:
            option = f'{section}.{name}'
            network_class = spec.class_name.rpartition('.')[2]
            yield Found(option, option=option, network_class=network_class, nearest=nearest)


RULE = Rule('WC414', 'option-swallowed', WARNING, TRAINING, look)
