"""Weights are named for a network that the options do not have.

Why it matters: neosr loads pretrain_network_d into the network that is not there, which stops the
training with an AttributeError.
Evidence: own tests.
False alarms: none known.
What to do: add the section of the network, or take the option out.
Source: neosr 31c7022 neosr/models/image.py `__init__`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for fact in case.report.plan.facts_of(RULE.code):
        yield Found(fact.option, **dict(fact.words))


RULE = Rule('WC554', 'weights-without-network', ERROR, TRAINING, look, explains=('WC511',))
