"""Only buffers differ that the network computes itself from its image and window size.

Why it matters: attn_mask of SwinIR and DAT follows img_size, and every parameter fits; yet strict
loading stops. Here strict_load false is right and safe: the network keeps its own buffers, which
are the right ones for its size.
Evidence: https://github.com/JingyunLiang/SwinIR/issues/129,
https://github.com/microsoft/Swin-Transformer/issues/117
False alarms: a buffer of that name that is trained, which no network known here has.
What to do: strict_load false, or the img_size that the file was made with.
Source: basicsr 1.4.2 archs/swinir_arch.py `calculate_mask`; XPixelGroup/HAT, zhengchen1999/DAT.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.provenance import shown_value
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS, stops
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference = load.difference
    if load.cause is None or difference is None or not load.cause.only_buffers:
        return
    mismatched = [item.key for item in difference.mismatched]
    keys = [*mismatched, *difference.missing, *difference.unexpected]
    yield Found(
        load.step.strict_option,
        ERROR if stops(load) else INFO,
        count=len(keys),
        key=keys[0],
        option=load.step.strict_option or 'strict_load',
        made=tuple(f'{one.name}: {shown_value(one.found)}' for one in load.cause.buffer_options)
        or ('img_size, window_size',),
    )


RULE = Rule('WC304', 'derived-buffers-differ', INFO, LOAD, look, explains=(*SYMPTOMS, 'WC210'))
