"""WTA attention has exactly the keys and shapes of MDTA.

Why it matters: a strict load runs and every number is in place, but the network computes
something else than the one that was trained.
Source: basicsr_weightcheck/archs/restormer_arch.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    options = case.report.plan.options
    kinds = options.get(f'{load.step.network_option}.attn_types')
    outcome = load.configured
    if not isinstance(kinds, (list, tuple)) or 'WTA' not in kinds or outcome is None:
        return
    if outcome.loads and any('.attn.qkv_dwconv.' in key for key in outcome.loaded):
        yield Found(f'{load.step.network_option}.attn_types')


RULE = Rule('WC211', 'equal-keys-prove-little', WARNING, LOAD, look)
