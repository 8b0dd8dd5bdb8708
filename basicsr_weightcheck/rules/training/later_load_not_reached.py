"""An earlier load ends the training, so this one never happens.

Why it matters: what is said of this load holds only once the earlier one is mended.
Evidence: own tests.
False alarms: a model class that catches the error of the earlier load and goes on.
What to do: mend the earlier load first.
Source: basicsr 1.4.2 models/sr_model.py `__init__`, models/srgan_model.py
`init_training_settings`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    for earlier in case.report.loads:
        if earlier.step == load.step:
            return
        if earlier.configured is not None and earlier.configured.loads is False:
            yield Found()
            return


RULE = Rule('WC508', 'later-load-not-reached', INFO, LOAD, look)
