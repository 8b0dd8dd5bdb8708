"""attn_types asks for WTA, and the file has the keys of MDTA and WTA, which are the same.

Why it matters: a strict load runs and every weight is in place, but a file that was trained with
MDTA then computes something else.
Evidence: own tests.
False alarms: a file that was trained with WTA: the keys do not tell it from the others.
What to do: make sure that the checkpoint was trained with the same attn_types.
Source: basicsr_weightcheck/archs/restormer_arch.py `MDTA`, `WTA`.
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
