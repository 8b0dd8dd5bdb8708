"""The name of the state file and the iteration inside it differ.

Why it matters: the weights that a resume loads are named after the iteration in the file, not after
its name: a renamed or copied state loads others than expected.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/64 (state and weights of one iteration)
False alarms: a state that was renamed on purpose.
What to do: make sure that this is the state you mean.
Source: basicsr 1.4.2 utils/misc.py `check_resume`, called with resume_state['iter'].
"""

from __future__ import annotations

import re
from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    state = case.report.resume_state
    if state is None or state.iteration is None:
        return
    named = re.search(r'(\d+)\.state$', state.path)
    if named and int(named.group(1)) != state.iteration:
        yield Found(
            'path.resume_state',
            state=state.path,
            iteration=str(state.iteration),
            weights=f'net_g_{state.iteration}.pth',
        )


RULE = Rule('WC516', 'iteration-differs', WARNING, TRAINING, look)
