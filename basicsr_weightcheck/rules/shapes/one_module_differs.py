"""All keys that differ lie in modules of one name.

Why it matters: the class has gained, lost or renamed a module since the weights were saved, or an
option that switches the module stands differently: the rest of the file still fits. Or the class
builds the module only where torch sees a GPU, or the file was converted (mdta-to-hta) from a
network that has nothing to make the module of.
Evidence: https://github.com/caiyuanhao1998/Retinexformer/issues/35,
https://github.com/open-mmlab/mmagic/issues/305,
https://github.com/XPixelGroup/BasicSR/issues/700
False alarms: a module that was added on purpose.
What to do: take the commit of the code that the weights were saved with, or newer weights; with
strict_load false the rest loads and the module starts random. Where it takes a GPU, train on one.
Source: own tests; torch/nn/modules/module.py `load_state_dict`; basicsr 1.4.2
archs/basicvsrpp_arch.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import stops
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    cause, difference = load.cause, load.difference
    if cause is None or difference is None or not cause.module:
        return
    if cause.options or cause.only_buffers or cause.norm_form or cause.file_network is not None:
        return
    kind, do = 'code', 'take-code'
    if cause.needs_gpu:
        kind, do = 'gpu', 'train-on-gpu'
    elif cause.converted_by:
        kind, do = 'converted', 'starts-new'
    yield Found(
        load.step.path_option,
        ERROR if stops(load) else INFO,
        module=cause.module,
        count=len(difference.missing) + len(difference.unexpected),
        where='label:side-file' if cause.module_in_file else 'label:side-network',
        other='label:side-network' if cause.module_in_file else 'label:side-file',
        reason=f'label:module-{kind}',
        advice=f'label:module-{do}',
    )


# Strict false (WC201) is the cure here; the module is only named before it.
RULE = Rule('WC310', 'one-module-differs', INFO, LOAD, look, explains=('WC302',))
