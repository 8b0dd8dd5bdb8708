"""The file has the attention keys of MDTA or WTA where the network has those of HTA, or the other
way round.

Why it matters: going from MDTA to HTA is a sensible finetuning and a case for strict_load false:
everything but the changed attention loads.
Evidence: own tests.
False alarms: another network whose attention has tensors of the same names (mdc_q, qkv_dwconv).
What to do: nothing, if this change is what you want to train; else write the attn_types of the
file.
Source: basicsr_weightcheck/archs/restormer_arch.py `MDTA`, `HTA`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference = load.difference
    if difference is None or load.header is None or not load.header.complete:
        return  # what is left of a cut file tells nothing of the network
    missing, unexpected = '\n'.join(difference.missing), '\n'.join(difference.unexpected)
    count = sum('.attn.' in key for key in difference.missing)
    if '.attn.mdc_q.' in missing and '.attn.qkv_dwconv.' in unexpected:
        yield Found(load.step.path_option, found='MDTA / WTA', expected='HTA', count=count)
    elif '.attn.qkv_dwconv.' in missing and '.attn.mdc_q.' in unexpected:
        yield Found(load.step.path_option, found='HTA', expected='MDTA / WTA', count=count)


RULE = Rule('WC306', 'attention-differs', INFO, LOAD, look)
