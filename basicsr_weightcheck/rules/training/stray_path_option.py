"""An option below path: is taken for a folder: os.makedirs is called on every one that is not
exempt.

Why it matters: an empty value ends the training with TypeError, the path of a file with
FileExistsError, another text becomes a folder; all of it before any load. Restormer, NAFNet and
CodeFormer do not exempt param_key.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/64 (pretrain_model_G),
own tests.
False alarms: a folder that you want to have made; the folder ./params_ema that `param_key:
params_ema` makes in Restormer is harmless, and only mentioned.
What to do: remove the option, or spell it as the framework does; leave an option that chooses the
table. A file without tables must be converted where `param_key: ~` ends the training.
Source: basicsr 1.4.2 utils/misc.py `make_exp_dirs`; Restormer, NAFNet and CodeFormer utils/misc.py
`make_exp_dirs`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.plans import PathEffect
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    for effect in case.report.plan.path_effects:
        cure = _cure(effect)
        yield Found(
            effect.option,
            ERROR if effect.is_fatal else INFO if cure == 'leave' else '',
            option=effect.option,
            value=effect.value,
            effect=f'label:{effect.effect}',
            cure=f'label:stray-{cure}',
        )


def _cure(effect: PathEffect) -> str:
    if not effect.is_read:
        return 'remove'
    if not effect.is_fatal:
        return 'leave'
    return 'follow' if 'param_key' in effect.option else 'exempt'


RULE = Rule('WC502', 'stray-path-option', WARNING, TRAINING, look)
