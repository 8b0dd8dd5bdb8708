"""Only buffers are missing, no parameter.

Why it matters: SwinIR's relative_position_index and attn_mask are computed by the network;
files without them lose nothing, yet strict loading stops.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference, network = load.difference, load.network
    if difference is None or network is None or not difference.missing:
        return
    parameters = {spec.key for spec in network.tensors if spec.is_parameter}
    if not parameters & set(difference.missing) and not difference.mismatched:
        yield Found(load.step.path_option, count=len(difference.missing))


RULE = Rule('WC302', 'buffers-only', INFO, LOAD, look)
