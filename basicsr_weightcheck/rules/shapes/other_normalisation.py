"""The same layers, normalized in another way: spectral, weight or batch normalization.

Why it matters: spectral_norm keeps a weight as weight_orig, weight_u and weight_v, the newer form
as parametrizations.weight.*, batch normalization has running statistics that instance
normalization lacks. Without strict all such weights stay random.
Evidence: https://github.com/AliaksandrSiarohin/first-order-model/issues/264,
https://github.com/pytorch/pytorch/issues/21251
False alarms: none known: every differing key has to be explained.
What to do: build the network with the normalization of the file, or rename the keys by a script;
strict_load false loses the weights.
Source: torch/nn/utils/spectral_norm.py, weight_norm.py, parametrizations.py (2.13).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    cause, difference = load.cause, load.difference
    if cause is None or difference is None or not cause.norm_form:
        return
    found, expected = cause.norm_form.split('/')
    keys = difference.missing or difference.unexpected
    yield Found(
        load.step.path_option,
        found=f'label:norm-{found}',
        expected=f'label:norm-{expected}',
        count=len(difference.missing) + len(difference.unexpected),
        key=keys[0],
    )


RULE = Rule('WC313', 'other-normalisation', ERROR, LOAD, look, explains=SYMPTOMS)
