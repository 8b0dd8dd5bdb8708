"""The file has counters that a profiler put into the network before it was saved.

Why it matters: strict loading stops at total_ops and total_params, which are no weights.
Evidence: https://github.com/Lyken17/pytorch-OpCounter/issues/82,
https://github.com/ultralytics/yolov3/issues/1471.
False alarms: a network with a buffer of that name of its own.
What to do: drop them by a conversion; strict_load false is harmless where nothing else differs.
Source: pytorch-OpCounter thop/profile.py.
"""

from __future__ import annotations

from typing import Iterator, Optional

from basicsr_weightcheck.records.findings import ERROR, INFO, Conversion
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

COUNTERS = ('total_ops', 'total_params')


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference = load.difference
    if difference is None:
        return
    counters = [key for key in difference.unexpected if key.rpartition('.')[2] in COUNTERS]
    if counters:
        conversion = _conversion_of(load)
        alone = len(counters) == len(difference.unexpected)
        alone = alone and not (difference.missing or difference.mismatched)
        stops = load.configured is not None and load.configured.loads is False
        yield Found(
            load.step.path_option,
            ERROR if stops and alone else '',
            path=load.step.load_path,
            count=len(counters),
            harmless='label:harmless' if alone else 'label:not-alone',
            command=conversion.command if conversion is not None else '-',
        )


def _conversion_of(load: LoadReport) -> Optional[Conversion]:
    for advice in (load.recommendation, load.alternative):
        if advice is not None and advice.conversion is not None:
            return advice.conversion
    return None


RULE = Rule('WC215', 'profiler-buffers', INFO, LOAD, look, ('WC204',))
