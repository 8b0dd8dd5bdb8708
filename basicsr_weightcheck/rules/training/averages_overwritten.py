"""The file of the averaged weights is loaded, and the first iteration overwrites it.

Why it matters: EMA of ema_pytorch copies the trained network into its averages at its first update
unless it was resumed, so a fresh training never uses the file; they are an average of
network_g alone.
Evidence: own tests.
False alarms: none known.
What to do: take the option away; name the file under pretrain_network_g if it is what you want.
Source: ema_pytorch 0.8.3 ema_pytorch.py `EMA.update`; traiNNer-redux 6862931
traiNNer/models/sr_model.py `init_training_settings`, models/base_model.py `resume_training`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for fact in case.report.plan.facts_of(RULE.code):
        yield Found(fact.option, **dict(fact.words))


RULE = Rule('WC562', 'averages-overwritten', WARNING, TRAINING, look)
