"""The training script puts another value in the place of the option that names weights.

Why it matters: KAIR's main_train_psnr.py and its relatives load the newest file in the folder of
the task, and nothing where there is none: the path in the option file is never read, and the
training starts from scratch without a word.
Evidence: https://github.com/cszn/KAIR/issues/166, https://github.com/cszn/KAIR/issues/99,
https://github.com/JingyunLiang/SwinIR/issues/24.
False alarms: a script of another name, which passes the option on: name it in weightcheck.script.
What to do: put the file where the script looks for it, under the name that the finding gives, if it
fits the network: that is looked at first.
Source: KAIR main_train_psnr.py `main`, utils/utils_option.py `find_last_checkpoint` (fc1732f).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.outcomes import HALF
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for fact in case.report.plan.facts_of(RULE.code):
        words = dict(fact.words)
        best = case.report.unread.get(words['written'])
        if best is not None and best.least < HALF:
            words['advice'] = phrase(
                'unread-other', matched=best.tensors_loaded, expected=best.tensors_expected
            )
        yield Found(fact.option, **words)


RULE = Rule('WC541', 'option-overwritten', ERROR, TRAINING, look, explains=('WC509',))
