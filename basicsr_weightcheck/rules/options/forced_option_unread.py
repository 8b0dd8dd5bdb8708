"""An entry of --force_yml sets a new option that nothing reads, beside the one that is meant.

Why it matters: sections end at a colon there. `path.pretrain_network_g=x` makes a top-level option
of that whole name without a word, and the training starts on what the YAML says.
Evidence: own tests.
False alarms: a script of one's own that reads such a name.
What to do: write colons between the sections.
Source: basicsr 1.4.2 utils/options.py `parse_options`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for option, meant in case.report.plan.forced_options:
        yield Found(option=option, meant=meant)


RULE = Rule('WC413', 'forced-option-unread', WARNING, TRAINING, look)
