"""Names of the file differ from those of the network by a prefix that one of them has; without it
more tensors match by name and shape.

Why it matters: strict loading stops, and with strict false such a file loads nothing.
DataParallel, torch.compile, Lightning and wrapper modules add prefixes; load_network strips a
single `module.`.
Evidence: https://github.com/pytorch/pytorch/issues/101107,
https://github.com/karpathy/nanoGPT/issues/325,
https://github.com/open-mmlab/mmagic/issues/1439,
https://github.com/caiyuanhao1998/Retinexformer/issues/3.
False alarms: a file of two equal families, such as `generator.` and `generator_ema.`, does not say
which is meant: the prefix with more matches is taken, of equals the first in the alphabet.
What to do: convert the file once; the command is in the recommendation. strict_load false is no
cure.
Source: basicsr 1.4.2 models/base_model.py `load_network`; torch/_dynamo/eval_frame.py
`OptimizedModule` (`_orig_mod.`).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import left_random
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference, steps = load.difference, _conversion_steps(load)
    if difference is None or not any('prefix' in step for step in steps) or not difference.renames:
        return
    best = difference.renames[0]
    strips = best.kind == 'prefix-strip'
    prefix = best.found if strips else best.expected
    named = load.header.tables[difference.table].tensors if load.header is not None else ()
    begin = sum(one.key.startswith(prefix) for one in named)
    matched, plain = best.matched, len(difference.matched)
    if 'keep-others' in steps:
        matched += plain
    yield Found(
        load.step.path_option,
        how='label:begins-with' if strips else 'label:lacks',
        prefix=prefix,
        names=begin if strips else len(named) - begin,
        of=len(named),
        matched=matched,
        expected=difference.coverage.tensors_expected,
        plain=plain,
        random=left_random(load),
        without_strict=_without_strict(load),
    )


def _without_strict(load: LoadReport) -> str:
    outcome = load.strict_false
    if outcome is None or not outcome.loaded:
        return 'label:strict-loads-nothing'
    return 'label:strict-copies' if outcome.origins else 'label:strict-loads-few'


def _conversion_steps(load: LoadReport) -> tuple[str, ...]:
    if load.recommendation is None or load.recommendation.conversion is None:
        return ()
    return load.recommendation.conversion.steps


RULE = Rule('WC209', 'prefix-differs', ERROR, LOAD, look, ('WC201',))
