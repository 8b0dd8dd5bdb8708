"""An option below path: is read by no loader and looks like a known one, misspelt.

Why it matters: with `strict_loadg: false` strict loading stays on; with `pretrain_model_g` no
weights are loaded.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/64.
False alarms: an option that a model class of one's own reads.
What to do: write the option that the finding names.
Source: basicsr 1.4.2 models/sr_model.py `__init__`, models/srgan_model.py
`init_training_settings`, utils/misc.py `check_resume`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    options = case.report.plan.options
    for option, nearest, sure in case.report.plan.unknown_options:
        if not nearest:
            continue
        lost = sure and not options.has(f'path.{nearest}') and options.get(option) is not None
        yield Found(option, ERROR if lost else '', option=option, nearest=nearest)


RULE = Rule('WC405', 'unknown-path-option', WARNING, TRAINING, look, explains=('WC502', 'WC509'))
