"""A resume finds several files of one network, and takes one that was probably not meant.

Why it matters: traiNNer-redux looks for safetensors and pth, in models/ and resume_models/, and the
last one that is there wins: an old net_g_4.pth beside the net_g_4.safetensors of yesterday, or
the raw net_g_4 where net_g_ema_4 is there. The training goes on from other weights than those it
ended with.
Evidence: own tests.
False alarms: a file that was copied anew has a new date.
What to do: move the file that is not meant out of the folder.
Source: traiNNer-redux 6862931 traiNNer/utils/misc.py `check_resume`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for fact in case.report.plan.facts_of(RULE.code):
        yield Found(fact.option, **dict(fact.words))


RULE = Rule('WC561', 'resume-takes-another', WARNING, TRAINING, look)
