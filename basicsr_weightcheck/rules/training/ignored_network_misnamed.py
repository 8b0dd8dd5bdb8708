"""ignore_resume_networks names a network in a way that this framework does not compare.

Why it matters: BasicSR compares network_g, Restormer, NAFNet and CodeFormer compare g. The wrong
spelling is passed over, and the resume replaces the very weights that were to stay.
Evidence: own tests (check_resume of three frameworks)
False alarms: none known.
What to do: write the name that is compared.
Source: basicsr 1.4.2 and Restormer utils/misc.py `check_resume`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for written, read in case.report.plan.resume_traps.misnamed:
        yield Found('path.ignore_resume_networks', written=written, read=read)


RULE = Rule('WC521', 'ignored-network-misnamed', ERROR, TRAINING, look)
