"""An option below path: is taken for a folder: os.makedirs is called on every one that is not
exempt.

Why it matters: an empty value ends the training with TypeError, the path of a file with
FileExistsError, another text becomes a folder; all of it before any load. Restormer, NAFNet and
CodeFormer do not exempt param_key.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/64 (pretrain_model_G),
own tests.
False alarms: a folder that you want to have made; the folder ./params_ema that `param_key:
params_ema` makes in Restormer is harmless.
What to do: remove the option, or spell it as the framework does; a file without tables must be
converted where `param_key: ~` ends the training.
Source: basicsr 1.4.2 utils/misc.py `make_exp_dirs`; Restormer, NAFNet and CodeFormer utils/misc.py
`make_exp_dirs`.
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
