"""Tensors of file and network have equal names and other shapes.

Why it matters: the file was made with another width, scale or number of channels. torch stops
under strict loading; without it BasicSR renames such keys to `<key>.ignore`, and they stay random.
Evidence: https://github.com/cszn/KAIR/issues/99,
https://github.com/swz30/Restormer/issues/108,
https://github.com/xinntao/Real-ESRGAN/issues/806.
False alarms: buffers that follow img_size or window_size, which the network computes itself; a
tensor of one element for a number without dimensions, which strict loading takes.
What to do: compare the options of the network with those that the checkpoint was trained with;
`inspect` reads them off the file for the networks that it knows.
Source: torch/nn/modules/module.py `_load_from_state_dict`; basicsr 1.4.2 models/base_model.py
`_print_different_keys_loading`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference = load.difference
    if difference is None or not difference.mismatched:
        return
    first = difference.mismatched[0]
    yield Found(
        load.step.path_option,
        ERROR if load.configured is not None and load.configured.loads is False else '',
        count=len(difference.mismatched),
        key=first.key,
        expected=shape(first.expected),
        found=shape(first.found),
        section=load.step.network_option,
    )


RULE = Rule('WC301', 'shape-mismatch', WARNING, LOAD, look)
