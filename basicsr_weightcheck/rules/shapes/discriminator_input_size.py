"""VGGStyleDiscriminator is made for another patch size than the training cuts.

Why it matters: its last layer fits one image size only; the first step of the training stops with
an AssertionError, after every weight has loaded.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/100, https://github.com/XPixelGroup/BasicSR/issues/388
False alarms: a dataset of one's own that ignores gt_size.
What to do: input_size of the discriminator equal to gt_size (128 or 256).
Source: basicsr 1.4.2 archs/discriminator_arch.py `VGGStyleDiscriminator.forward`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

DEFAULT = 128  # pixels


def look(case: Case) -> Iterator[Found]:
    options = case.report.plan.options
    patch = options.get('datasets.train.gt_size')
    if options.get('network_d.type') != 'VGGStyleDiscriminator' or not isinstance(patch, int):
        return
    size = options.get('network_d.input_size', DEFAULT)
    if size != patch:
        yield Found('network_d.input_size', size=str(size), patch=str(patch))


RULE = Rule('WC312', 'discriminator-input-size', ERROR, TRAINING, look)
