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

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for one in case.report.nested:
        if one.problem:
            yield Found(
                one.option,
                option=one.option,
                value=one.value,
                problem=f'label:nested-{one.problem}',
                tables=one.tables or ('-',),
                needed=one.needed or ('-',),
            )


RULE = Rule('WC221', 'nested-weights-unusable', ERROR, TRAINING, look)
