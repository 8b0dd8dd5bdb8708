"""The file was trained with another attention of the Restormer family.

Why it matters: MDTA to HTA is a sensible finetuning and a case for strict_load false: all but
the attention loads.
Source: basicsr_weightcheck/archs/restormer_arch.py; HTA has mdc_q, mdc_k, mdc_v where MDTA and
WTA have qkv_dwconv.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference = load.difference
    if difference is None:
        return
    missing, unexpected = '\n'.join(difference.missing), '\n'.join(difference.unexpected)
    count = sum('.attn.' in key for key in difference.missing)
    if '.attn.mdc_q.' in missing and '.attn.qkv_dwconv.' in unexpected:
        yield Found(load.step.path_option, found='MDTA / WTA', expected='HTA', count=count)
    elif '.attn.qkv_dwconv.' in missing and '.attn.mdc_q.' in unexpected:
        yield Found(load.step.path_option, found='HTA', expected='MDTA / WTA', count=count)


RULE = Rule('WC306', 'attention-differs', INFO, LOAD, look)
