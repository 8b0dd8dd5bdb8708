"""os.makedirs is called on every option below `path:` that is not exempt.

Why it matters: `param_key: ~` crashes there in Restormer and NAFNet, before any load.
Source: basicsr 1.4.2 utils/misc.py `make_exp_dirs`; older copies lack the exemption.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for effect in case.report.plan.path_effects:
        fatal = effect.effect != 'makes-directory'
        yield Found(
            effect.option,
            ERROR if fatal else '',
            option=effect.option,
            value=effect.value,
            effect=f'label:{effect.effect}',
        )


RULE = Rule('WC502', 'stray-path-option', WARNING, TRAINING, look)
