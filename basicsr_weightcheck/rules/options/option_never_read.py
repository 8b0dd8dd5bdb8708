"""param_key is written where the framework reads param_key_g, or the other way round.

Why it matters: the option is ignored and params is read; in Restormer and its relatives the wrong
option also makes a folder.
Evidence: own tests.
False alarms: a model class of one's own that reads this option.
What to do: write the option that this framework reads.
Source: basicsr 1.4.2 models/sr_model.py `__init__` (param_key_g); Restormer and NAFNet
models/image_restoration_model.py `__init__` (param_key).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    framework = case.report.plan.framework
    suffix = framework is None or framework.key_option_has_suffix
    for option in case.report.plan.ignored_key_options:
        yield Found(option, option=option, read='param_key_g' if suffix else 'param_key')


RULE = Rule('WC404', 'option-never-read', WARNING, TRAINING, look)
