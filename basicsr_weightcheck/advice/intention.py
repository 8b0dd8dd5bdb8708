"""Whether a file that was made with other options is meant to be loaded all the same."""

from __future__ import annotations

import re

from basicsr_weightcheck.records.causes import Cause
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
    if load.configured is not None and load.configured.loads and load.configured.partial:
        return LOADER
    if cause.scale_only and plan.options.get('scale') == option.found:
        return ''  # the training is for the scale of the file: the network's is the slip
    outcome, coverage = load.configured, load.coverage
    if outcome is not None and outcome.loads and not load.step.strict_effective:
        if coverage is not None and coverage.least >= plan.min_loaded:
            return STRICT_FALSE
    difference = load.difference
    if difference is None or not cause.scale_only or not _in_head_only(difference):
        return ''
    if difference.coverage.least < plan.min_loaded:
        return ''
    trains_for = plan.options.get('scale', option.expected)
    path = '/'.join(load.step.load_path.replace('\\', '/').split('/')[-3:])
    says_so = _names_scale(path, option.found) or _names_scale(plan.name, option.found)
    return NAMES if trains_for == option.expected and says_so else ''


def _in_head_only(difference: Difference) -> bool:
    keys = [*difference.missing, *difference.unexpected]
    keys += [item.key for item in difference.mismatched]
    return all(HEAD.search(key) for key in keys)


def _names_scale(text: str, scale: object) -> bool:
    return bool(re.search(rf'x{scale}(?!\d)|(?<!\d){scale}x', text, re.IGNORECASE))
