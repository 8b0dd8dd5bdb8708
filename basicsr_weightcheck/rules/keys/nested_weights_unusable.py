"""Weights that a network or a loss loads itself, from a path outside `path:`, cannot be loaded.

Why it matters: such a path is read by the constructor of the network with a plain torch.load: no
`~` is expanded, no other table is tried, and strict is always on. The training stops before it
reaches its own loads.
Evidence: https://github.com/sczhou/CodeFormer/issues/304, https://github.com/TencentARC/GFPGAN/issues/38,
https://github.com/xinntao/EDVR/issues/71, https://github.com/XPixelGroup/BasicSR/issues/516
False alarms: a class of one's own that has an option of such a name and reads another table; an
option that nothing reads, or that names a file to be written: then only a warning.
What to do: correct the path, write it out without `~`, or convert the file: SpyNet of mmediting has
other names, and a file of BasicVSR++ has it under generator.spynet.
Source: basicsr 1.4.2 archs/spynet_arch.py, basicvsr_arch.py `EDVRFeatureExtractor`, vgg_arch.py;
sczhou/CodeFormer codeformer_arch.py, vqgan_arch.py; TencentARC/GFPGAN gfpganv1_arch.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.causes import NestedWeights
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.facts import UNKNOWN_READER, reader
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

KEYS = 4  # that are named


def look(case: Case) -> Iterator[Found]:
    for one in case.report.nested:
        if one.problem and not _was_loaded(one, case.report):
            known = reader(one.option) != UNKNOWN_READER
            yield Found(
                one.option,
                '' if known else WARNING,
                option=one.option,
                value=one.value,
                problem=f'label:nested-{one.problem}',
                detail=_detail(one),
                tables=one.tables,
                needed=one.needed,
                reader=reader(one.option),
                advice=_advice(one),
            )


def _was_loaded(one: NestedWeights, report: CheckReport) -> bool:
    """The constructor that reads it has run to its end: its own code knows better what it needs."""
    ran = report.rehearsal is not None and not report.rehearsal.failure
    stopped = report.rehearsal is not None and report.rehearsal.stop is not None
    in_network = one.option.startswith('network_') and one.problem in ('table', 'keys')
    return ran and not stopped and in_network


def _detail(one: NestedWeights) -> str:
    """What there is to say beyond the problem, '' for nothing."""
    if one.odd_keys:
        return phrase('nested-odd-keys', keys=one.odd_keys[:KEYS], count=len(one.odd_keys))
    if one.problem != 'table':
        return ''
    if not one.tables:
        return phrase('nested-flat', needed=one.needed)
    return phrase('nested-tables', needed=one.needed, tables=one.tables)


def _advice(one: NestedWeights) -> str:
    if one.conversion is not None:
        return phrase('nested-convert', command=one.conversion.command, option=one.option)
    return phrase('nested-address-do') if one.problem == 'address' else phrase('nested-correct')


RULE = Rule('WC221', 'nested-weights-unusable', ERROR, TRAINING, look, explains=('WC512',))
