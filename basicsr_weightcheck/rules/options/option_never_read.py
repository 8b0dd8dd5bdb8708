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

from basicsr_weightcheck.dialects.table import dialect_of
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    framework = case.report.plan.framework
    read = dialect_of(framework).key_option(framework, 'g')
    fatal = [one.option for one in case.report.plan.path_effects if one.is_fatal]
    for option in case.report.plan.ignored_key_options:
        if option in fatal:
            continue  # under the other name, too: WC502 says it
        severity = ERROR if _reads_another_table(option, case) else ''
        yield Found(option, severity, option=option, read=read)


def _reads_another_table(option: str, case: Case) -> bool:
    """The file has the table that the option asks for, and another one is read."""
    asked = case.report.plan.options.get(option)
    network = 'net_d' if option.endswith('_d') else 'net_g'
    for load in case.report.loads:
        if load.step.network == network and load.header is not None and asked != load.key_used:
            return asked in load.header.tables
    return False


RULE = Rule('WC404', 'option-never-read', WARNING, TRAINING, look, explains=('WC502',))
