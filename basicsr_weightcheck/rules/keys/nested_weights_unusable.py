"""Weights that a network loads itself, from a path outside `path:`, cannot be loaded.

Why it matters: such a path is read by the constructor of the network with a plain torch.load: no
`~` is expanded, no other table is tried, and strict is always on. The training stops before it
reaches its own loads.
Evidence: https://github.com/sczhou/CodeFormer/issues/304, https://github.com/TencentARC/GFPGAN/issues/38,
https://github.com/xinntao/EDVR/issues/71
False alarms: a class of one's own that has an option of such a name and reads another table.
What to do: correct the path, write it out without `~`, or wrap the weights in the table that is
read.
Source: basicsr 1.4.2 archs/spynet_arch.py, basicvsr_arch.py `EDVRFeatureExtractor`, vgg_arch.py;
sczhou/CodeFormer codeformer_arch.py, vqgan_arch.py; TencentARC/GFPGAN gfpganv1_arch.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.causes import NestedWeights
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

KEYS = 4  # that are named


def look(case: Case) -> Iterator[Found]:
    for one in case.report.nested:
        if one.problem:
            yield Found(
                one.option,
                option=one.option,
                value=one.value,
                problem=f'label:nested-{one.problem}',
                detail=_detail(one),
                tables=one.tables,
                needed=one.needed,
            )


def _detail(one: NestedWeights) -> str:
    """What there is to say beyond the problem, '' for nothing."""
    if one.odd_keys:
        return phrase('nested-odd-keys', keys=one.odd_keys[:KEYS], count=len(one.odd_keys))
    if one.problem != 'table':
        return ''
    if not one.tables:
        return phrase('nested-flat', needed=one.needed)
    return phrase('nested-tables', needed=one.needed, tables=one.tables)


RULE = Rule(
    'WC221', 'nested-weights-unusable', ERROR, TRAINING, look, explains=('WC512',)
)
