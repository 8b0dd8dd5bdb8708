"""The file holds an optimizer or a training state, not a network.

Why it matters: `training_states/*.state` and `*_optimizerG.pth` lie beside the weights and have no
table of weights; the load stops with KeyError, or without strict takes nothing.
Evidence: https://github.com/JingyunLiang/SwinIR/issues/28, https://github.com/XPixelGroup/BasicSR/issues/717
False alarms: none: the keys are those that an optimizer's own state_dict has.
What to do: a state belongs in path.resume_state; as pretrained weights name models/net_g_*.pth.
Source: basicsr 1.4.2 models/base_model.py `save_training_state`; torch/optim/optimizer.py
`state_dict`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import Mapping
from basicsr_weightcheck.rules.facts import SYMPTOMS
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

STATE = {'iter', 'optimizers', 'schedulers'}
OPTIMIZER = {'state', 'param_groups'}
WEIGHTS = ('params', 'params_ema', 'state_dict')


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    root = load.header.root if load.header is not None else None
    keys = set(root.keys) if isinstance(root, Mapping) else set()
    if keys & set(WEIGHTS):
        return
    if STATE <= keys:
        what, advice = 'label:training-state', 'label:state-resume'
    elif OPTIMIZER <= keys:
        what, advice = 'label:optimizer-state', 'label:state-useless'
    else:
        return
    yield Found(load.step.path_option, path=load.step.load_path, what=what, advice=advice)


RULE = Rule(
    'WC217',
    'training-state-as-weights',
    ERROR,
    LOAD,
    look,
    explains=(*SYMPTOMS, 'WC104', 'WC205', 'WC206', 'WC213'),
)
