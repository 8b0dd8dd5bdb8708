"""This loader stops at other sizes even without strict.

Why it matters: torch's `strict=False` covers names only. BasicSR renames tensors of another size
before it loads; a fork that hands the file to load_state_dict directly does not.
Evidence: https://github.com/pytorch/pytorch/issues/40859, https://github.com/pytorch/pytorch/issues/154597,
https://github.com/zsyOAOA/ResShift/issues/28
False alarms: none: the loader itself was run.
What to do: leave the tensors of another size out of the file, or give the network its options.
Source: torch/nn/modules/module.py `_load_from_state_dict`; the fork's own load_network.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.outcomes import PREDICTED
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome, difference = load.strict_false, load.difference
    if outcome is None or difference is None or not difference.mismatched:
        return
    if outcome.loads or outcome.by == PREDICTED or 'size mismatch' not in outcome.message:
        return
    yield Found(
        load.step.strict_option,
        by=outcome.by,
        count=len(difference.mismatched),
        key=difference.mismatched[0].key,
    )


RULE = Rule('WC315', 'sizes-must-match', ERROR, LOAD, look, explains=('WC301', 'WC212'))
