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

from typing import Iterator, Optional, Sequence, Set

from basicsr_weightcheck.records.conversions import Recipe
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.rules.facts import left_random
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference, recipe = load.difference, _recipe(load)
    if difference is None or recipe is None or not (recipe.strip or recipe.add):
        return
    if not (difference.renames or recipe.keep_others):
        return
    named = load.header.tables[difference.table].tensors if load.header is not None else ()
    if recipe.keep_others:
        prefix, strips = ''.join(recipe.strip) or recipe.add, bool(recipe.strip)
        matched = len(difference.matched) + len(_renamed(named, recipe) & set(difference.missing))
    else:
        best = difference.renames[0]
        strips, matched = best.kind == 'prefix-strip', best.matched
        prefix = best.found if strips else best.expected
    begin = sum(one.key.startswith(prefix) for one in named)
    yield Found(
        load.step.path_option,
        how='label:begins-with' if strips else 'label:lacks',
        prefix=prefix,
        names=begin if strips else len(named) - begin,
        of=len(named),
        matched=matched,
        expected=difference.coverage.tensors_expected,
        plain=len(difference.matched),
        random=left_random(load),
        without_strict=_without_strict(load),
    )


def _without_strict(load: LoadReport) -> str:
    outcome = load.strict_false
    if outcome is None or not outcome.loaded:
        return 'label:strict-loads-nothing'
    return 'label:strict-copies' if outcome.origins else 'label:strict-loads-few'


def _recipe(load: LoadReport) -> Optional[Recipe]:
    """The conversion that was held against the network, and is recommended."""
    advice = load.recommendation
    return advice.conversion.recipe if advice is not None and advice.conversion else None


def _renamed(named: Sequence[TensorSpec], recipe: Recipe) -> Set[str]:
    """New names of the tensors whose prefix is changed."""
    prefix, keys = ''.join(recipe.strip), [one.key for one in named]
    if prefix:
        return {key[len(prefix) :] for key in keys if key.startswith(prefix)}
    return {recipe.add + key for key in keys if not key.startswith(recipe.add)}


RULE = Rule('WC209', 'prefix-differs', ERROR, LOAD, look, ('WC201',))
