"""Whether a file that was made with other options is meant to be loaded all the same."""

from __future__ import annotations

import re

from basicsr_weightcheck.records.causes import Cause, OptionDifference
from basicsr_weightcheck.records.outcomes import Difference
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import LoadReport

STRICT_FALSE, NAMES, LOADER = 'strict-false', 'names', 'loader'
HEAD = re.compile(r'(^|\.)\w*up\w*\.')  # 'upsample.2.weight', 'upconv1.bias'


def reason_for_transfer(load: LoadReport, cause: Cause, plan: LoadPlan) -> str:
    """'loader', 'strict-false', 'names' or '' as in `Cause.transfer`.

    A loader that fills a tensor of another size in part was written for that difference.

    A YAML that loads without strict and takes most of the file says so itself. For another scale
    of the upsampling head the names may say it: HAT ships train_HAT_SRx4_finetune_from_SRx2.yml
    with strict_load_g true, which stops. A network of another scale than the training's is never
    meant.

    Args:
        load: whose file it is.
        cause: with at least one option.
        plan: for the scale of the training and its name.

    Source: XPixelGroup/HAT options/train (1638a9a).
    """
    (option, *_) = cause.options
    outcome = load.configured
    if outcome is not None and outcome.loads and outcome.partial:
        return LOADER
    if cause.scale_only and plan.options.get('scale') == option.found:
        return ''  # the training is for the scale of the file: the network's is the slip
    if _is_loose_for_most(load, plan):
        return STRICT_FALSE
    return NAMES if cause.scale_only and _names_say_so(load, option, plan) else ''


def _is_loose_for_most(load: LoadReport, plan: LoadPlan) -> bool:
    """It goes through without strict, and most of the network is filled."""
    if load.configured is None or not load.configured.loads or load.step.strict_effective:
        return False
    return load.coverage is not None and load.coverage.least >= plan.min_loaded


def _names_say_so(load: LoadReport, option: OptionDifference, plan: LoadPlan) -> bool:
    """File or training are called after the scale of the file, and nothing but the head differs."""
    difference = load.difference
    if difference is None or not _in_head_only(difference):
        return False
    trains_for = plan.options.get('scale', option.expected)
    if difference.coverage.least < plan.min_loaded or trains_for != option.expected:
        return False
    path = '/'.join(load.step.load_path.replace('\\', '/').split('/')[-3:])
    return _names_scale(path, option.found) or _names_scale(plan.name, option.found)


def _in_head_only(difference: Difference) -> bool:
    keys = [*difference.missing, *difference.unexpected]
    keys += [item.key for item in difference.mismatched]
    return all(HEAD.search(key) for key in keys)


def _names_scale(text: str, scale: object) -> bool:
    return bool(re.search(rf'x{scale}(?!\d)|(?<!\d){scale}x', text, re.IGNORECASE))
