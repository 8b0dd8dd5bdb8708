"""The framework's own option parser changes options of the networks or of the weights.

Why it matters: the model gets what the parser makes of them, not what the YAML says: a change of
such a line may do nothing.
Evidence: own tests, with forks that set the width of a network, or the folder of the weights.
False alarms: none known; it is a line of information, and the check has followed the parser.
What to do: nothing where the check is content; else change the parser, or what it reads.
Source: basicsr 1.4.2 utils/options.py `parse_options`, which changes none of them.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    for option, before, after in rehearsal.rewritten if rehearsal is not None else ():
        yield Found(option, option=option, before=before, after=after)


RULE = Rule('WC563', 'options-rewritten', INFO, TRAINING, look)
