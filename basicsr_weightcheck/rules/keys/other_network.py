"""Hardly anything of the file fits the network, under any table and any prefix: less than 5 % of
the parameters.

Why it matters: the file belongs to a discriminator, an optimizer or another architecture; strict
false would hide that.
Evidence: https://github.com/xinntao/Real-ESRGAN/issues/109,
https://github.com/JingyunLiang/SwinIR/issues/28,
https://github.com/Markfryazino/wav2lip-hq/issues/3.
False alarms: the same architecture with another width, of which every shape differs; a cut file
(WC103), which gets no advice and therefore this finding too. A load that takes what
`weightcheck: {min_loaded: 0.01}` asks for is no other network.
What to do: name a checkpoint of this network, or the network that the checkpoint belongs to;
`inspect` tells which that is.
Source: torch/nn/modules/module.py `load_state_dict`; basicsr_weightcheck/advice/recommend.py
`FOREIGN`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference, outcome = load.difference, load.configured
    if difference is None or outcome is None or load.network is None:
        return
    if load.coverage is not None and load.coverage.least >= case.report.plan.min_loaded:
        return  # the user asks for no more, and gets it
    if load.recommendation is None and load.must_be_false is None:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            network_type=load.network.network_type,
            matched=len(difference.matched),
            expected=difference.coverage.tensors_expected,
            fraction=difference.coverage.parameter_fraction,
        )


RULE = Rule('WC212', 'other-network', ERROR, LOAD, look, explains=('WC203',))
