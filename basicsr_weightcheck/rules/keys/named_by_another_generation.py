"""The file has the names of an older code of the same network.

Why it matters: every tensor is there, and none loads: ESRGAN's RRDBNet was named in three ways,
and mmediting numbers the layers of SpyNet without their activations. strict_load false loads
nothing, or only the layers whose names stayed.
Evidence: https://github.com/xinntao/ESRGAN/issues/69,
https://github.com/xinntao/Real-ESRGAN/issues/154,
https://github.com/XPixelGroup/BasicSR/issues/516, https://github.com/XPixelGroup/BasicSR/pull/537
(SpyNet and BasicVSR++ of mmediting).
False alarms: none known; the renamed file was rehearsed, and gives half of the network at least.
What to do: convert the file once.
Source: basicsr 1.4.2 archs/rrdbnet_arch.py; conversion/shipped/*.yml.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import left_random
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    conversion = load.recommendation.conversion if load.recommendation else None
    difference = load.difference
    if conversion is None or not conversion.recipe.rules or difference is None:
        return
    proof = load.recommendation.proof if load.recommendation else None
    yield Found(
        load.step.path_option,
        path=load.step.load_path,
        rules=conversion.recipe.rules,
        renamed=proof.parameter_fraction if proof is not None else 'label:unknown',
        matched=len(difference.matched),
        expected=difference.coverage.tensors_expected,
        network_type=load.step.network_type,
        random=left_random(load),
    )


RULE = Rule('WC214', 'named-by-another-generation', ERROR, LOAD, look, ('WC201', 'WC209'))
