"""An optimizer of the state is of a network with another number of parameters.

Why it matters: the weights may load, then the optimizer stops the training: "loaded state dict
contains a parameter group that doesn't match the size of optimizer's group".
Evidence: https://github.com/Lornatang/ESRGAN-PyTorch/issues/20,
https://github.com/mli0603/stereo-transformer/issues/58
False alarms: a model class of your own that optimizes only a part of its network.
What to do: restore the network's options, or start anew from the weights, without the state.
Source: torch/optim/optimizer.py `load_state_dict`; basicsr 1.4.2 models/base_model.py
`resume_training`, models/sr_model.py `setup_optimizers`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    state = case.report.resume_state
    if state is None or state.problem or state.lacks_optimizers:
        return
    for network, expected, found in state.misfits:
        yield Found(
            'path.resume_state', state=state.path, network=network, expected=expected, found=found
        )


RULE = Rule('WC517', 'optimizer-misfit', ERROR, TRAINING, look, explains=('WC511',))
