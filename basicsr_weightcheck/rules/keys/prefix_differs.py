"""All names of the file carry a prefix that the network's do not have, or the other way round.

Why it matters: with strict_load false such a file loads nothing, silently.
Source: DataParallel ('module.', which load_network strips once), torch.compile ('_orig_mod.'),
Lightning and wrapper modules ('net_g.', 'model.').
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference, steps = load.difference, _conversion_steps(load)
    if difference is None or not any('prefix' in step for step in steps) or not difference.renames:
        return
    best = difference.renames[0]
    strips = best.kind == 'prefix-strip'
    yield Found(
        load.step.path_option,
        how='label:begins-with' if strips else 'label:lacks',
        prefix=best.found if strips else best.expected,
        matched=best.matched,
        expected=difference.coverage.tensors_expected,
        plain=len(difference.matched),
    )


def _conversion_steps(load: LoadReport) -> tuple[str, ...]:
    if load.recommendation is None or load.recommendation.conversion is None:
        return ()
    return load.recommendation.conversion.steps


RULE = Rule('WC209', 'prefix-differs', ERROR, LOAD, look)
