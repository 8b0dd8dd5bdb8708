"""The state holds objects that torch 2.6 and newer refuse.

Why it matters: train.py reads the state with torch.load, which since 2.6 takes tensors and plain
values only. Best metrics and random states saved as numpy values are refused.
Evidence: https://github.com/XPixelGroup/BasicSR/pull/706; own tests (Retinexformer, Restormer_LLIE)
False alarms: none known.
What to do: save the state again, in the environment that wrote it, with numpy values as numbers; or
start anew from the weights.
Source: torch/_weights_only_unpickler.py; basicsr 1.4.2 train.py `load_resume_state`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

SHOWN_NAMES = 4


def look(case: Case) -> Iterator[Found]:
    state = case.report.resume_state
    if state is not None and state.refused:
        names = state.refused[:SHOWN_NAMES]
        yield Found('path.resume_state', state=state.path, names=names)


RULE = Rule('WC518', 'state-refused', ERROR, TRAINING, look, explains=('WC511',))
